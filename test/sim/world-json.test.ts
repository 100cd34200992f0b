import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorldState } from '#sim/state.ts';
import { WorldJson } from '#sim/world-json.ts';

const object = fc.dictionary(fc.string(), fc.jsonValue());
const host = fc.record({ name: fc.string(), files: object }, { requiredKeys: ['name'] });
const matrix = fc.record({
  position: fc.nat(),
  events: fc.array(fc.record({ content: object, redactedBy: fc.string() }, { requiredKeys: ['content'] })),
  media: fc.dictionary(fc.string(), object),
});
const world = fc.record(
  { version: fc.constant(1), volumes: object, hosts: fc.dictionary(fc.string(), host), matrix },
  { requiredKeys: ['version', 'volumes', 'hosts'] },
);

describe('the world as JSON', () => {
  it('is what it was, whatever it holds', () => {
    fc.assert(
      fc.property(world, state => {
        const json = new WorldJson().of(state as unknown as WorldState);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(state)));
      }),
    );
  });

  it('shows files that were replaced, and an event that was redacted', () => {
    const event: { content: object; redactedBy?: string } = { content: { body: 'a secret' } };
    const fields = { version: 1, hosts: { a: { files: { '/x': 1 } } }, matrix: { events: [event] } };
    const state = fields as unknown as WorldState;
    const json = new WorldJson();
    json.of(state);
    fields.hosts.a.files = { '/x': 2 };
    event.content = {};
    event.redactedBy = '$r';
    expect(JSON.parse(json.of(state))).toEqual(fields);
    expect(json.of(state)).not.toContain('a secret');
  });
});

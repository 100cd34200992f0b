import { describe, expect, it } from 'vitest';
import { steps } from '#jobs/index.ts';
import { procedurePage } from './procedure-page.ts';

describe('docs/procedure.md', () => {
  it('says what the definitions say', async () => {
    await expect(procedurePage(steps)).toMatchFileSnapshot('../../docs/procedure.md');
  });

  it('explains every step, and knows in which phase and for whom it is', () => {
    const page = procedurePage(steps);
    for (const id of Object.keys(steps)) {
      const [, facts = '', comment = ''] = new RegExp(`^### ${id}\n\n(.*)\n\n(.*)`, 'm').exec(page) ?? [];
      expect(facts, id).toMatch(
        /\. (Of a way back out of an outage|Phase (prepare|outage|settle|retire)( and \w+)*; [a-z, ]+; (safe|disruptive|irreversible)|In no run yet)/,
      );
      expect(comment.length, `${id} has no comment above its definition`).toBeGreaterThan(20);
    }
  });
});

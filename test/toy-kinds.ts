import { defineChange, type Look } from '#engine/define-change.ts';
import type { ToyPort } from './toy-world.ts';

/** One kind of change for each way of repeating, and their inverses, all acting on one toy world. */
export function toyKinds(port: ToyPort) {
  const put = defineChange<{ thing: string; from: string; to: string }>({
    kind: 'put',
    version: 1,
    say: ({ thing, from, to }) => `put ${thing} from ${from} to ${to}`,
    async look(_ports, { thing, from, to }): Promise<Look> {
      const is = (await port.read()).things[thing];
      if (is === to) return { is: 'after', output: {} };
      if (is === from) return { is: 'before' };
      return { is: 'other', code: 'strange-thing', sentence: `${thing} is ${is}`, evidence: [`${thing}=${is}`] };
    },
    make: (_ports, args, send) => port.act('put', args, send),
    inverse: ({ thing, from, to }) => ({ change: { kind: 'put', version: 1, args: { thing, from: to, to: from } } }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ thing, to }) => `put ${thing} ${to}`,
  });

  const make = defineChange<{ name: string }, { id: string }>({
    kind: 'make',
    version: 1,
    say: ({ name }) => `make a new ${name}`,
    async look(_ports, _args, about) {
      const made = (await port.read()).made.find(one => one.key === about.key);
      return made === undefined ? { is: 'before' } : { is: 'after', output: { id: made.id } };
    },
    make: (_ports, args, send) => port.act('make', args, send),
    inverse: (_args, made) =>
      made === undefined
        ? { rule: 'what was made is removed' }
        : { change: { kind: 'unmake', version: 1, args: { id: made.output.id } } },
    repeat: 'token',
    limit: 'short',
    byHand: ({ name }) => `make ${name}`,
  });

  const unmake = defineChange<{ id: string }>({
    kind: 'unmake',
    version: 1,
    say: ({ id }) => `remove ${id}`,
    async look(_ports, { id }): Promise<Look> {
      const made = (await port.read()).made.find(one => one.id === id);
      if (made === undefined) return { is: 'other', code: 'no-such', sentence: `there is no ${id}`, evidence: [] };
      return made.gone ? { is: 'after', output: {} } : { is: 'before' };
    },
    make: (_ports, args, send) => port.act('unmake', args, send),
    inverse: () => ({ impossible: 'what is removed is gone' }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ id }) => `remove ${id}`,
  });

  const write = defineChange<{ text: string }, { id: string }>({
    kind: 'write',
    version: 1,
    say: ({ text }) => `write the line "${text}"`,
    async look(_ports, _args, about) {
      const line = (await port.read()).lines.find(one => one.key === about.key);
      return line === undefined ? { is: 'before' } : { is: 'after', output: { id: line.id } };
    },
    make: (_ports, args, send) => port.act('write', args, send),
    inverse: (_args, made) =>
      made === undefined
        ? { rule: 'the line is struck out' }
        : { change: { kind: 'strike', version: 1, args: { id: made.output.id } } },
    repeat: 'look',
    limit: 'short',
    byHand: ({ text }) => `write ${text}`,
  });

  const strike = defineChange<{ id: string }>({
    kind: 'strike',
    version: 1,
    say: ({ id }) => `strike out ${id}`,
    async look(_ports, { id }): Promise<Look> {
      const there = (await port.read()).lines.some(line => line.id === id);
      return there ? { is: 'before' } : { is: 'after', output: {} };
    },
    make: (_ports, args, send) => port.act('strike', args, send),
    inverse: () => ({ impossible: 'a struck line stays struck' }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ id }) => `strike ${id}`,
  });

  const ring = defineChange<{ bell: string }>({
    kind: 'ring',
    version: 1,
    say: ({ bell }) => `ring the bell of ${bell}`,
    async look(_ports, _args, about): Promise<Look> {
      const rung = (await port.read()).rings.some(one => one.key === about.key);
      return rung ? { is: 'after', output: {} } : { is: 'before' };
    },
    make: (_ports, args, send) => port.act('ring', args, send),
    inverse: () => ({ impossible: 'it was heard' }),
    repeat: 'ask',
    limit: 'short',
    byHand: ({ bell }) => `ring ${bell}`,
  });

  const brew = defineChange<{ pot: string }>({
    kind: 'brew',
    version: 1,
    say: ({ pot }) => `brew in ${pot}`,
    async look(_ports, _args, about): Promise<Look> {
      const status = (await port.read()).brews[about.key]?.status;
      switch (status) {
        case undefined:
          return { is: 'before' };
        case 'running':
          return { is: 'under-way', saw: 'it bubbles' };
        case 'ended':
          return { is: 'after', output: {} };
        case 'failed':
          return { is: 'failed', code: 'brew-failed', sentence: 'the brew is spoilt', evidence: ['it smells'] };
        case 'lost':
          return { is: 'other', code: 'lost', sentence: 'the fire is out', evidence: [] };
      }
    },
    make: (_ports, args, send) => port.act('brew', args, send),
    inverse: ({ pot }) => ({ change: { kind: 'pour-away', version: 1, args: { pot } } }),
    repeat: 'converges',
    limit: 'playbook',
    byHand: ({ pot }) => `brew ${pot}`,
  });

  const pourAway = defineChange<{ pot: string }>({
    kind: 'pour-away',
    version: 1,
    say: ({ pot }) => `pour away what is in ${pot}`,
    async look(_ports, { pot }): Promise<Look> {
      const full = Object.values((await port.read()).brews).some(one => one.pot === pot);
      return full ? { is: 'before' } : { is: 'after', output: {} };
    },
    make: (_ports, args, send) => port.act('pour-away', args, send),
    inverse: () => ({ impossible: 'it is poured away' }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ pot }) => `pour ${pot}`,
  });

  return { put, make, write, ring, brew, all: [put, make, unmake, write, strike, ring, brew, pourAway] };
}

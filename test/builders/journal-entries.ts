import type { NewEntry } from '#core/entries.ts';
import { type Node, nodeKey } from '#core/graph.ts';

/** A proposal's first entries, as small as they can be. */
export function proposal(environment: string, targets: readonly string[], cause: string, nodes: readonly Node[] = []) {
  return {
    environment,
    targets,
    cause,
    entries: (id: string): readonly NewEntry[] => [
      {
        type: 'proposed',
        uid: `uid-of-${id}`,
        id,
        what: 'upgrade',
        environment,
        targets: targets.map(name => ({ name, role: 'keygen', driver: 'alice' })),
        asker: 'alice',
        because: null,
        release: null,
        room: '!work:sim',
        cause,
        nodes,
        kinds: {},
        settings: {},
      },
    ],
  };
}

/** The one step of an outage. */
export function outageStep(target: string): Node {
  const key = nodeKey(target, 'stop');
  const step = { key, target, step: 'stop', title: 'Stop', phase: 'outage', danger: 'safe' } as const;
  return { ...step, gate: undefined, after: [] };
}

/** What ends that outage. */
export function stopped(target: string): NewEntry {
  return { type: 'finished', step: nodeKey(target, 'stop'), outputs: {}, note: null };
}

export function note(text: string): NewEntry {
  return { type: 'noted', person: 'alice', text };
}

export function request(id: string): NewEntry {
  return { type: 'requested', request: id, gates: [], askers: ['alice'], expiresAt: 0, because: [] };
}

export function intended(lease: number): NewEntry {
  return {
    type: 'intended',
    change: 'copr-keygen-dev/detach-data/0',
    generation: 1,
    key: 'key',
    request: { kind: 'detach-volume', version: 1, args: {} },
    before: null,
    lease,
    sendBy: 0,
  };
}

import type { NewEntry } from '#core/entries.ts';

/** A proposal's first entries, as small as they can be. */
export function proposal(environment: string, targets: readonly string[], cause: string) {
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
        nodes: [],
        kinds: {},
        settings: {},
      },
    ],
  };
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

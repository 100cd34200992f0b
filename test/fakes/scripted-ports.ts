import type { Readers } from '#engine/define-change.ts';
import type { Address, ComputeReader, Instance, Snapshot, Volume } from '#ports/compute.ts';
import type { Detached, Result } from '#ports/shell.ts';

/** What a scripted world answers; anything else throws, naming what was asked. */
export interface Script {
  readonly instances?: readonly Partial<Instance>[];
  readonly volumes?: readonly Partial<Volume>[];
  readonly snapshots?: readonly Partial<Snapshot>[];
  readonly addresses?: readonly Partial<Address>[];
  readonly protected?: boolean;
  /** Answers of reading commands by the beginning of their words: text, or exit status with texts. */
  readonly reads?: Readonly<Record<string, string | Partial<Result>>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly detached?: Detached;
  readonly output?: string;
}

/** The reading halves of the ports over a script, for looks in situations that are hard to bring about. */
export function scriptedReaders(script: Script): Readers {
  const asked = (what: string): never => {
    throw new Error(`not in the script: ${what}`);
  };
  const compute = {
    instance: async (id: string) => script.instances?.find(one => one.id === id),
    volume: async (id: string) => script.volumes?.find(one => one.id === id),
    volumes: async ({ tags = {} }: { tags?: Readonly<Record<string, string>> }) =>
      (script.volumes ?? []).filter(one => Object.entries(tags).every(([key, value]) => one.tags?.[key] === value)),
    snapshot: async (id: string) => script.snapshots?.find(one => one.id === id),
    address: async (id: string) => script.addresses?.find(one => one.allocation === id),
    addresses: async () => script.addresses ?? [],
    terminationProtected: async () => script.protected ?? false,
  } as unknown as ComputeReader;
  return {
    compute,
    shell: {
      async read(_host, argv) {
        const line = argv.join(' ');
        const found = Object.entries(script.reads ?? {}).find(([start]) => line.startsWith(start));
        if (found === undefined) return asked(line);
        const [, answer] = found;
        return { code: 0, stdout: '', stderr: '', ...(typeof answer === 'string' ? { stdout: answer } : answer) };
      },
      file: async (_host, path) => script.files?.[path],
      detached: async () => script.detached ?? { is: 'absent' },
      output: async (_host, _run, _key, from) => {
        const text = (script.output ?? '').slice(from);
        return { text, next: from + text.length, size: (script.output ?? '').length };
      },
    },
    inventory: {
      head: async () => 'a'.repeat(40),
      file: async path => script.files?.[path],
      commitsSince: async () => [],
      commitOf: async () => undefined,
    },
    dns: { resolve: async () => [], lifetimes: async () => [] },
  };
}

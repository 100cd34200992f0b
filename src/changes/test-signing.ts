import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isThere } from './shared/host-reads.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  /** The backend that signs. */
  readonly host: HostRef;
  /** A key that keygen holds, as `sign -u` takes it. */
  readonly key: string;
};

/** $1 key, $2 the mark to leave. Everything else goes with its folder; the ring of the test is its own. */
const script = [
  'folder=$2.d; rm -rf -- "$folder" && mkdir -p -- "$folder" || exit',
  'echo \'Ferry tests the signing host\' > "$folder/file"',
  'sign -u "$1" -p > "$folder/key" && sign -u "$1" -d "$folder/file" &&',
  '  gpg --homedir "$folder" --batch --quiet --import "$folder/key" &&',
  '  gpg --homedir "$folder" --batch --verify "$folder/file.asc" "$folder/file"',
  'code=$?',
  'rm -rf -- "$folder"',
  '[ "$code" -ne 0 ] || touch "$2"',
  'exit "$code"',
].join('\n');

/** Has one small file signed with a known key and verifies the signature. Source: procedure, switch-signing. */
export const testSigning: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'test-signing',
  version: 1,
  repeat: 'converges',
  limit: 'network',
  unseen: true,

  say: ({ host, key }) => `on ${hostName(host)} sign a test file with ${key} and verify it`,

  async look({ shell }, { host }, { key }) {
    return (await isThere(shell, host, markOf(key))) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { host, key }, send) {
    const argv = ['sh', '-c', script, 'test-signing', key, markOf(send.key)];
    await runOrRefuse(ports, { host, argv, what: `sign with ${key}`, limitMs: 120_000 }, send);
  },

  inverse: () => ({ rule: 'nothing is left of it' }),

  byHand: ({ host, key }) => onHost(host, `sign -u '${key}' -p && sign -u '${key}' -d /tmp/some-file`),
});

/** Goes with the next boot. */
function markOf(key: string): string {
  return `/run/ferry-signed-${key}`;
}

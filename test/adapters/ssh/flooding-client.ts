/** A client in a process of its own, whose memory is measured: asks for one thing and tells how it ended, and by how much it grew. */
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import { wholeOutput } from '#changes/shared/whole-output.ts';
import type { ShellClient } from '#test/contracts/shell-contract.ts';

export interface Flood {
  readonly how: 'run' | 'read' | 'detached';
  readonly argv: readonly string[];
  readonly limitMs: number;
}

export interface Flooded {
  /** MiB by which the process' greatest size grew. */
  readonly grew: number;
  readonly ended: string;
  readonly stdout: string;
  readonly stderr: string;
}

const { how, argv, limitMs, ...client } = JSON.parse(process.argv[2] ?? '') as ShellClient & Flood;
const shell = sshShell({
  user: 'root',
  keyFile: client.keyFile,
  keyring: { keysOf: async () => client.keys },
  addressOf: async () => ({ address: client.address, port: client.port }),
  state: client.state,
  ...(client.identity === undefined ? {} : { identity: client.identity }),
});
const host = { instance: client.instance };
await shell.read(host, ['true']);
const send = {
  run: 'flood',
  key: `flood.${process.pid}.${Date.now().toString(36)}`,
  lease: 1,
  sendBy: Date.now() + 20_000,
  now: () => Date.now(),
  signal: new AbortController().signal,
};
const size = () => process.resourceUsage().maxRSS / 1024;
const before = size();
const found = await ask().then(
  answer => ({ ...answer, ended: `exit ${answer.code}` }),
  (error: Error & { code?: string }) => ({ ended: `${error.code}: ${error.message}`, stdout: '', stderr: '' }),
);
const grew = size() - before;
// The process lives, and so does its connection.
const alive = (await shell.read(host, ['uname', '-s'])).stdout;
await shell.close();
const short = (text: string) =>
  `${text.slice(0, 40)} … ${text.match(/\[[0-9,]+ bytes[^\]]*\]/)?.[0]} … ${text.slice(-40)}`;
const said: Flooded = {
  grew,
  ended: alive === 'Linux\n' ? found.ended : 'the connection is gone',
  stdout: short(found.stdout),
  stderr: short(found.stderr),
};
process.stdout.write(JSON.stringify(said));

async function ask() {
  if (how === 'read') return shell.read(host, argv, { limitMs, as: 'nobody' });
  if (how === 'run') return shell.run(host, argv, send, { limitMs });
  await shell.start(host, argv, send);
  for (;;) {
    const state = await shell.detached(host, send.run, send.key);
    if (state.is !== 'ended') continue;
    const stdout = await wholeOutput({ shell }, host, send.run, send.key);
    return { code: state.code, stdout, stderr: state.tail.join('\n') };
  }
}

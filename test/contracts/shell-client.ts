/** A client in a process of its own, to be killed: starts one long command, saying what it is about to do. */
import { flushCompileCache } from 'node:module';
import { sshShell } from '#adapters/ssh/ssh-shell.ts';
import type { ShellClient } from './shell-contract.ts';

// It is killed before it could at its end.
flushCompileCache();
const job = JSON.parse(process.argv[2] ?? '') as ShellClient & { run: string; key: string; argv: string[] };
const shell = sshShell({
  user: 'root',
  keyFile: job.keyFile,
  keyring: { keysOf: async () => job.keys },
  addressOf: async () => ({ address: job.address, port: job.port }),
  state: job.state,
  ...(job.identity === undefined ? {} : { identity: job.identity }),
});
const host = { instance: job.instance };
await shell.read(host, ['true']);
process.stdout.write('sending\n');
await shell.start(host, job.argv, {
  run: job.run,
  key: job.key,
  lease: 1,
  sendBy: Date.now() + 20_000,
  now: () => Date.now(),
  signal: new AbortController().signal,
});
process.stdout.write('started\n');
setInterval(() => {}, 1_000);

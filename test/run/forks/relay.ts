import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Asked, KillAsked, Told } from './words.ts';

/**
 * Starts programs for a process that is too large to fork quickly (`quick-fork.ts`). Each connection becomes a stream of a
 * program as it is: connections come in the order of the requests, and nothing of them is read here. Ends with who started it.
 */
const [, , folder = ''] = process.argv;
const connections: Socket[] = [];
const waiting: Asked[] = [];
const programs = new Map<number, ChildProcess>();
const tell = (told: Told) => process.send?.(told);

createServer({ pauseOnConnect: true, allowHalfOpen: true }, connection => {
  connections.push(connection);
  startAll();
}).listen(join(folder, 'streams'), () => tell({ listens: true }));

process.on('message', (asked: Asked | KillAsked) => {
  if ('kill' in asked) {
    programs.get(asked.id)?.kill(asked.kill);
    return;
  }
  waiting.push(asked);
  startAll();
});

process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});

function startAll(): void {
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    const wanted = next.streams.filter(Boolean).length;
    if (connections.length < wanted) return;
    waiting.shift();
    start(next, connections.splice(0, wanted));
  }
}

function start({ id, command, argv, cwd, env, detached, streams }: Asked, sockets: readonly Socket[]): void {
  const left = [...sockets];
  const stdio: StdioOptions = streams.map(stream => (stream ? left.shift() : 'ignore'));
  const program = spawn(command, argv, { cwd, env, detached, stdio });
  // The program has them now; they are open as long as it, or one that it started, holds them.
  for (const socket of sockets) socket.destroy();
  programs.set(id, program);
  program.once('spawn', () => tell({ id, pid: program.pid ?? 0 }));
  program.once('error', ({ message, code }: NodeJS.ErrnoException) => tell({ id, failed: { message, code } }));
  program.once('exit', (code, signal) => {
    programs.delete(id);
    tell({ id, code, signal });
  });
}

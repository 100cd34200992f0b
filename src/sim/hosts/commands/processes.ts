import { done, failed, type HostCommand, has, split } from '../call.ts';
import type { SimProcess } from '../host-state.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { nameOf } from './mounts.ts';

function matchingProcesses(host: VirtualHost, args: readonly string[]): readonly SimProcess[] {
  const { flags, values, operands } = split(args, ['-u', '-U', '-P', '-d', '-s', '--signal']);
  const full = has(flags, '-f');
  const exact = has(flags, '-x');
  const user = values.get('-u') ?? values.get('-U');
  const parent = values.get('-P');
  const pattern = operands[0] === undefined ? undefined : new RegExp(exact ? `^(?:${operands[0]})$` : operands[0]);
  const found = host.state.processes.filter(
    process =>
      (user === undefined || process.user === user) &&
      (parent === undefined || String(process.parent ?? 1) === parent) &&
      (pattern === undefined || pattern.test(full ? process.command : nameOf(process.command).slice(0, 15))),
  );
  return has(flags, '-n') && !full ? found.slice(-1) : found;
}

export const ps: HostCommand = ({ host, args }) => {
  const { flags, values } = split(args, ['-o', '-p', '-C', '-u', '--format', '--pid', '--ppid', '--sort', '-eo']);
  const pids = (values.get('-p') ?? values.get('--pid'))?.split(',').map(Number);
  const named = values.get('-C');
  const user = values.get('-u');
  const found = host.state.processes.filter(
    process =>
      (pids === undefined || pids.includes(process.pid)) &&
      (named === undefined || nameOf(process.command) === named) &&
      (user === undefined || process.user === user),
  );
  const given = values.get('-o') ?? values.get('-eo') ?? values.get('--format') ?? 'pid,user,etimes,args';
  const columns = given.split(',');
  const cell = (process: SimProcess, column: string): string => {
    switch (column.replace(/[=:].*$/, '')) {
      case 'pid':
        return String(process.pid);
      case 'ppid':
        return String(process.parent ?? 1);
      case 'user':
      case 'ruser':
      case 'euser':
        return process.user;
      case 'args':
      case 'cmd':
      case 'command':
        return process.command;
      case 'comm':
        return nameOf(process.command).slice(0, 15);
      case 'etimes':
        return String(Math.round((Date.now() - process.startedAt) / 1000));
      case 'lstart':
        return new Date(process.startedAt).toUTCString();
      case 'stat':
      case 's':
        return 'S';
      default:
        return '-';
    }
  };
  const bare = columns.every(column => column.endsWith('=')) || flags.includes('--no-headers');
  const lines = found.map(process => columns.map(column => cell(process, column)).join(' '));
  const head = bare ? [] : [columns.map(column => column.toUpperCase()).join(' ')];
  const out = [...head, ...lines].join('\n');
  return found.length === 0 && pids !== undefined ? failed('', 1, head.join('\n')) : done(out);
};

export const pgrep: HostCommand = ({ host, args }) => {
  const { flags, values } = split(args, ['-u', '-U', '-P', '-d']);
  const found = matchingProcesses(host, args);
  if (has(flags, '-c')) return { code: found.length === 0 ? 1 : 0, out: `${found.length}\n`, err: '' };
  if (found.length === 0) return failed('', 1);
  const line = ({ pid, command }: SimProcess) =>
    has(flags, '-a') ? `${pid} ${command}` : has(flags, '-l') ? `${pid} ${nameOf(command)}` : String(pid);
  return done(found.map(line).join(values.get('-d') ?? '\n'));
};

export const pkill: HostCommand = async ({ host, args, session }) => {
  const words = args.filter(word => !/^-(?:[0-9]+|[A-Z]{3,}|SIG[A-Z]+)$/.test(word));
  const found = matchingProcesses(host, words).filter(({ pid }) => pid !== session.pid);
  await host.wait(200, session);
  for (const process of found) {
    host.kill(process.pid);
    host.effect('process-killed', { pid: process.pid, command: process.command });
  }
  return found.length === 0 ? failed('', 1) : done();
};

/** Every signal but 0 ends a process here. */
export const kill: HostCommand = async ({ host, args, session }) => {
  const only = args[0] === '-0';
  const pids = args.filter((word, nth) => /^[0-9]+$/.test(word) && args[nth - 1] !== '-s').map(Number);
  if (!only) await host.wait(100, session);
  const gone = pids.filter(pid => {
    const process = host.state.processes.find(one => one.pid === pid);
    if (process === undefined) return true;
    if (!only) {
      host.kill(pid);
      host.effect('process-killed', { pid, command: process.command });
    }
    return false;
  });
  return gone.length === 0 ? done() : failed(gone.map(pid => `kill: (${pid}) - No such process`).join('\n'), 1);
};

import { Bash, defineCommand } from 'just-bash';
import type { Call, HostCommand, Outcome, Session } from './call.ts';
import { hostCommands } from './commands/index.ts';
import type { VirtualHost } from './virtual-host.ts';

/** The shell of one session on a pretend host: its programs know the host's state, and one of them may be made to fail. */
export function hostShell(host: VirtualHost, session: Session): Bash {
  const define = (name: string, command: HostCommand) => programOf(host, session, name, command);
  const commands = Object.entries(hostCommands).map(([name, command]) => define(name, command));
  const fault = session.fault;
  if (fault !== undefined) {
    if (!Object.hasOwn(hostCommands, fault.program) && fault.program !== 'sh')
      commands.push(define(fault.program, () => ({ code: 0, out: '', err: '' })));
    commands.push(faultyShell(host, session, fault.program));
  }
  return new Bash({
    fs: host.fs,
    customCommands: commands,
    defenseInDepth: false,
    env: {
      USER: session.user,
      LOGNAME: session.user,
      HOME: homeOf(session.user),
      HOSTNAME: host.state.name,
      SHELL: '/bin/bash',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
    processInfo: {
      pid: session.pid,
      ppid: 1,
      uid: session.user === 'root' ? 0 : 1000,
      gid: session.user === 'root' ? 0 : 1000,
    },
    executionLimits: { maxExecutionTimeMs: Number.POSITIVE_INFINITY },
    sleep: ms => host.wait(ms, session),
  });
}

export function homeOf(user: string): string {
  return user === 'root' ? '/root' : user === 'postgres' ? '/var/lib/pgsql' : `/home/${user}`;
}

/** Commands that show a fault in their own words. */
const selfFailing = new Set(['rbac-playbook']);

function programOf(host: VirtualHost, session: Session, name: string, command: HostCommand) {
  return defineCommand(name, async (args, ctx) => {
    const call: Call = { host, session, name, args, ctx };
    const failed = session.fault?.program === name && !selfFailing.has(name) ? faultOf(call) : undefined;
    const { code, out, err, kind } = failed ?? (await command(call));
    return { stdout: out, stderr: err, exitCode: code, ...(kind === undefined ? {} : { stdoutKind: kind }) };
  });
}

/** A script that is named as the program which fails (`sh -c SCRIPT NAME`) fails as a whole. */
function faultyShell(host: VirtualHost, session: Session, program: string) {
  return defineCommand('sh', async (args, ctx) => {
    if (args[0] === '-c' && (args[2] ?? 'sh') === program) {
      const { code, out, err } = faultOf({ host, session, name: program, args, ctx });
      return { stdout: out, stderr: err, exitCode: code };
    }
    const result = await ctx.origCommand?.(args);
    return result ?? { stdout: '', stderr: 'sh: not found', exitCode: 127 };
  });
}

function faultOf({ name, session }: Call): Outcome {
  return session.fault?.kind === 'disk-full'
    ? { code: 1, out: '', err: `${name}: write error: No space left on device\n` }
    : { code: 1, out: '', err: `${name}: failed\n` };
}

import { type ChangeMaker, defineChange, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { type Process, programOf, shortName } from './parsers/processes.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { processesOf } from './shared/host-reads.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  /** Absolute paths of programs or of the scripts that an interpreter runs. */
  readonly programs: readonly string[];
};

/**
 * Sends SIGTERM to every process of these programs, whichever they are then; made when none of them is left. Nothing is
 * ever killed with SIGKILL. Source: procedure, finish-work and hold-builds.
 */
export const killProcesses: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'kill-processes',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: ({ host, programs }) => `on ${hostName(host)} end every process of ${programs.join(', ')} (SIGTERM)`,

  async look(ports, args) {
    const found = await matching(ports, args);
    if (found.length === 0) return { is: 'after', output: {} };
    return { is: 'before', before: found.map(shortName) };
  },

  async make(ports, args, send) {
    const found = await matching(ports, args);
    if (found.length === 0) return;
    // By process id and command line at once: an id that another process got meanwhile is left alone.
    const argv = ['sh', '-c', script, 'kill', ...found.flatMap(one => [String(one.pid), programOf(one)])];
    await runOrRefuse(ports, { host: args.host, argv, what: `end ${found.map(shortName).join(', ')}` }, send);
  },

  inverse: () => ({ rule: 'ended work is not taken up again; its services start it anew' }),

  byHand: ({ host, programs }) =>
    onHost(
      host,
      programs
        .map(path => `pkill -TERM -f '^([^ ]*/(python|bash|sh)[^ ]* )?${path.replaceAll('.', '\\.')}( |$)'`)
        .join('; '),
    ),
});

/** Takes pairs of a process id and its program; one that is gone or runs something else by now is left alone. */
const script =
  'while [ $# -gt 1 ]; do case " $(ps -ww -o args= -p "$1" 2>/dev/null) " in *" $2 "*) kill -TERM "$1" || :;; esac; shift 2; done';

async function matching({ shell }: Pick<Readers, 'shell'>, { host, programs }: Args): Promise<Process[]> {
  return (await processesOf(shell, host)).filter(one => programs.includes(programOf(one)));
}

import { Refused } from '#core/errors.ts';
import type { Answer, Connection } from './connection.ts';
import { guardExit } from './guard-script.ts';

/** An answer of a script that ran: its verdict line is taken off the output. */
export interface Judged extends Answer {
  readonly verdict: string;
  readonly detail: string;
}

/**
 * Finds the guard's verdict in an answer.
 *
 * @throws Refused what the guard refused, or `no-guard` where it didn't speak: nothing was run.
 */
export function judge(name: string, open: Connection, nonce: string, answer: Answer): Judged {
  const start = lineStart(answer.stdout, nonce);
  const end = start < 0 ? -1 : answer.stdout.indexOf('\n', start);
  if (end < 0) {
    const said = firstLine(answer.stderr) || firstLine(answer.stdout);
    // The guard speaks before anything runs: without its word nothing was run.
    throw new Refused('no-guard', `${name}: the guard didn't speak${said === '' ? '' : `: ${said}`}: nothing was run`);
  }
  const [verdict = '', detail = ''] = answer.stdout.toString('utf8', start + nonce.length + 1, end).split(' ', 2);
  if (verdict === 'wrong-host' && answer.code === guardExit.wrongHost) {
    open.close();
    throw new Refused(
      'wrong-host',
      `the host at ${open.endpoint.address} says it is ${plain(detail)}, not ${name}: nothing was run`,
    );
  }
  if (verdict === 'unidentified' && answer.code === guardExit.unidentified)
    throw new Refused('host-unidentified', `${name} can't say its instance id: nothing was run`, { retry: true });
  if (verdict === 'older-lease' && answer.code === guardExit.olderLease)
    throw new Refused(
      'older-lease',
      `${name} has seen lease ${plain(detail)} of this run, a newer one: nothing was run`,
    );
  if (verdict === 'busy' && answer.code === guardExit.busy)
    throw new Refused(
      'host-busy',
      `on ${name} a command of an older lease of this run is still at work: nothing was run`,
      { retry: true },
    );
  if (verdict === 'no-state' && answer.code === guardExit.noState)
    throw new Refused('no-state', `${name} can't keep the run's directory (disk full or read-only?): nothing was run`, {
      retry: true,
    });
  open.identified = true;
  return { ...answer, stdout: answer.stdout.subarray(end + 1), verdict, detail };
}

/** Where the verdict stands: at the start of a line (a profile may have printed something before it). */
function lineStart(stdout: Buffer, nonce: string): number {
  const at = stdout.indexOf(`${nonce} `);
  return at <= 0 || stdout[at - 1] === 10 ? at : -1;
}

/** The first line of what a program complained about, short and plain. */
export function firstLine(stderr: Buffer): string {
  const line =
    stderr
      .toString('utf8')
      .split('\n')
      .find(one => one.trim() !== '') ?? '';
  return plain(line).slice(0, 200);
}

/** Without control characters. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').trim();
}

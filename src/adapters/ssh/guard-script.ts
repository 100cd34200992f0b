import { Refused } from '#core/errors.ts';
import { quote, quoteAll } from './quote.ts';

/** What a script needs to know of the host that it runs on. */
export interface HostSetting {
  /** The instance id that the host must say it is; undefined for named hosts, whose pinned key is the proof. */
  readonly instance: string | undefined;
  /** The program that prints the instance id; undefined: the metadata service is asked. */
  readonly identity: readonly string[] | undefined;
  /** Where the bot keeps its directories: absolute, or relative to the home of the login user. */
  readonly state: string;
}

/** The fence's half of a change. */
export interface Fence {
  readonly run: string;
  readonly key: string;
  readonly lease: number;
}

/** Exit statuses of the guard; they count only together with its verdict line. */
export const guardExit = { wrongHost: 231, olderLease: 232, busy: 233, noState: 234, unidentified: 235 } as const;

/** How long a command waits for the lock that a command of another lease holds, in seconds. */
export const lockWait = 20;

/**
 * A script is one compound command, closed by its last line: a shell that got only a part of it runs nothing. Its verdict
 * starts with a random word and ends its line, before any output of the command; what a profile printed may stand before it.
 *
 * @param what first line, for people who look at the host: what is run, as JSON (which has no line ends).
 */
export function script(what: string, lines: readonly string[]): string {
  return [`# ferry ${what}`, '{', 'umask 077', ...lines, '}', ''].join('\n');
}

/**
 * The line that tells the verdict. The script never holds the nonce in one piece: a profile that prints what it reads, or a
 * shell that shows what it runs, is not taken for the guard.
 */
export function verdict(nonce: string, words: string): string {
  const half = Math.floor(nonce.length / 2);
  return `printf '%s%s %s\\n' ${nonce.slice(0, half)} ${nonce.slice(half)} "${words}"`;
}

/** Names of runs and keys become names of directories. */
export function directoryName(name: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new Refused(
      'bad-key',
      `"${name.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')}" can't name a directory on a host`,
    );
  return name;
}

export function stateOf(host: HostSetting, run: string): string {
  const base = host.state.startsWith('/') ? quote(host.state) : `"$HOME"/${quote(host.state)}`;
  return `${base}/${quote(directoryName(run))}`;
}

/** Asks the host who it is: IMDSv2, whose token can't be got by a forwarded request. */
export function identify(host: HostSetting, nonce: string): readonly string[] {
  if (host.instance === undefined) return [];
  const imds = 'http://169.254.169.254/latest';
  const ask =
    host.identity !== undefined
      ? [`ferry_i=$(${quoteAll(host.identity)} </dev/null)`]
      : [
          `ferry_t=$(curl -sf --noproxy '*' -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${imds}/api/token </dev/null) &&`,
          `ferry_i=$(curl -sf --noproxy '*' -m 5 -H "X-aws-ec2-metadata-token: $ferry_t" ${imds}/meta-data/instance-id </dev/null)`,
        ];
  return [
    "ferry_i=''",
    ...ask,
    `[ -n "$ferry_i" ] || { ${verdict(nonce, 'unidentified')}; exit ${guardExit.unidentified}; }`,
    `[ "$ferry_i" = ${quote(host.instance)} ] || { ${verdict(nonce, 'wrong-host $ferry_i')}; exit ${guardExit.wrongHost}; }`,
  ];
}

/**
 * Identity, then the lease. The highest lease is kept per run, durable before anything runs. A command holds the lock
 * shared while it runs, and raising the lease takes it alone: so when a newer lease's first command passes, no command of
 * an older one is still at work. The state goes to a new file and is renamed, so a crash leaves the old or the new number.
 */
export function guard(host: HostSetting, fence: Fence, nonce: string): readonly string[] {
  if (!Number.isSafeInteger(fence.lease) || fence.lease < 0)
    throw new Refused('bad-lease', `${fence.lease} is no lease number: nothing was sent`);
  const noState = `{ ${verdict(nonce, 'no-state')}; exit ${guardExit.noState}; }`;
  const busy = `{ ${verdict(nonce, 'busy')}; exit ${guardExit.busy}; }`;
  const seen = 'ferry_h=$(cat "$ferry_d/lease" 2>/dev/null || echo 0)';
  return [
    ...identify(host, nonce),
    `ferry_d=${stateOf(host, fence.run)}`,
    `mkdir -p "$ferry_d" 2>/dev/null && [ -w "$ferry_d" ] || ${noState}`,
    // Without this test a full disk would end the whole shell: a failing `exec` does.
    `(: >>"$ferry_d/lease.lock") 2>/dev/null || ${noState}`,
    'exec 8>>"$ferry_d/lease.lock"',
    `flock -s -w ${lockWait} 8 || ${busy}`,
    seen,
    'ferry_n=0',
    `while [ "$ferry_h" -lt ${fence.lease} ]; do`,
    // Another one of the same lease may raise it meanwhile, and then holds it shared as long as its command runs.
    `if flock -x -w 0.2 8; then`,
    seen,
    `if [ "$ferry_h" -lt ${fence.lease} ]; then`,
    `{ printf '%s\\n' ${fence.lease} >"$ferry_d/lease.new" && sync "$ferry_d/lease.new" && mv -f "$ferry_d/lease.new" "$ferry_d/lease" && sync "$ferry_d"; } 2>/dev/null || ${noState}`,
    'fi',
    'else',
    `ferry_n=$((ferry_n + 1)); [ "$ferry_n" -lt ${lockWait * 5} ] || ${busy}`,
    'fi',
    // Going back to the shared lock may let another one in between: the number is read again.
    `flock -s -w ${lockWait} 8 || ${busy}`,
    seen,
    'done',
    `[ "$ferry_h" -eq ${fence.lease} ] || { ${verdict(nonce, 'older-lease $ferry_h')}; exit ${guardExit.olderLease}; }`,
  ];
}

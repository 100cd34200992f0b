import { type PrintedPlay, readPrinted, type TaskResult, withoutErrors } from './play-results.ts';

export type { Recap, TaskResult } from './play-results.ts';

/** A play as far as it was printed. */
export interface Play extends PrintedPlay {
  /** What ended the play on a host: neither ignored nor rescued. In their order. */
  readonly failures: readonly TaskResult[];
  /** The first of them: what a person is told. */
  readonly failure: TaskResult | undefined;
  /** Ansible found no host for the limit. */
  readonly noHosts: boolean;
}

/** Reads the output of ansible-playbook (rbac-playbook prints the same), whole or as far as it goes. */
export function parsePlay(output: string): Play {
  const printed = readPrinted(output);
  const failures = failuresOf(printed);
  return {
    ...printed,
    failures,
    failure: failures[0],
    noHosts: printed.recap.length === 0 && printed.results.length === 0 && printed.lines.some(saysNoHosts),
  };
}

/** What may be said of a play without its output: a recap that has the host, and no failure of any host. */
export function endedWell({ recap }: Pick<Play, 'recap'>, host: string): boolean {
  return recap.some(one => one.host === host) && recap.every(one => one.failed + one.unreachable === 0);
}

/**
 * Whether a play has left a role on a host for good: a task of the target's own role, which comes last, was played there
 * after it, or the play ended well after it. Another role's task alone doesn't say so: the role itself may include it.
 */
export function hasLeftRole(play: Play, { role, own, host }: { role: string; own: string; host: string }): boolean {
  const here = play.results.filter(one => one.host === host && !one.handler);
  const last = here.findLastIndex(one => one.role === role);
  if (last < 0) return false;
  return here.slice(last + 1).some(one => one.role === own) || endedWell(play, host);
}

/** What the play of a target may stop at while its data isn't attached. */
export interface ExpectedStop {
  /** As the inventory names it. */
  readonly host: string;
  /** The target's own role, "copr/frontend"; undefined (runs of earlier versions): any that comes after `base`. */
  readonly own?: string | undefined;
  /** Mount points of its data; undefined: any. */
  readonly paths?: readonly string[] | undefined;
}

/**
 * The task at which a play stopped because the data isn't there, if it did only that. The output names no module, and a
 * task's name proves nothing ("Mount swap" is a command). So all of this must hold, else it is a failure like any other:
 * one task FAILED on one host, and nothing was unreachable; nothing ran there after it; it was done there, not delegated; it is a task of the target's own
 * role, after `base` was left; and it says what only the module `ansible.posix.mount` says: a mount point of the data has
 * nothing to mount.
 */
export function stopAtMount(play: Play, { host, own, paths }: ExpectedStop): TaskResult | undefined {
  const [failure, second] = play.failures;
  if (failure === undefined || second !== undefined || !play.ended) return undefined;
  const [recap, another] = play.recap;
  if (recap?.host !== host || recap.failed !== 1 || recap.unreachable > 0 || another !== undefined) return undefined;
  if (play.results.findLast(one => one.host === host) !== failure) return undefined;
  const { status, delegated, role, handler, messages } = failure;
  if (delegated || status !== 'failed' || role === undefined || role !== (own ?? role) || handler) return undefined;
  if (!messages.every(said => missesData(said, paths))) return undefined;
  return hasLeftRole(play, { role: 'base', own: role, host }) ? failure : undefined;
}

/** The module's own words, then mount(8)'s: what is to be mounted isn't there. */
function missesData(said: string, paths: readonly string[] | undefined): boolean {
  const [, path, why = ''] = /^Error mounting (\S+): (.*)$/.exec(said) ?? [];
  if (path === undefined || !(paths ?? [path]).includes(path)) return false;
  return /can't find (?:LABEL|UUID|PARTLABEL|PARTUUID)=|special device .+ does not exist/.test(why);
}

/** As many lines at most show what happened. */
const shownLines = 30;

/** The lines that show how a play failed: of the task, and the recap; or the last ones. */
export function evidenceOf({ lines, failure }: Play): string[] {
  const recap = lines.findLastIndex(line => /^PLAY RECAP \*/.test(line));
  const counts = recap < 0 ? [] : lines.slice(recap).filter(line => /^PLAY RECAP | : ok=\d/.test(line));
  const shown = failure === undefined ? lines : [...lines.slice(failure.from, failure.to), ...counts];
  return tellingLines(shown).slice(-shownLines);
}

/**
 * What a person is shown of a play's lines: none that are blank, none that `profile_tasks`, `profile_roles` and `logdetail`
 * print, and nothing that `no_log` should hide.
 */
export function tellingLines(lines: readonly string[]): string[] {
  return withoutErrors(lines).filter(line => line.trim() !== '' && !times.test(line));
}

const times =
  /^(?:[A-Z][a-z]+day \d\d [A-Z][a-z]+ \d{4} .*\*{6}|[=~]{40,}|.* -{2,} +\d+\.\d+s|logs written to: .*|Playbook run took .*)\s*$/;

function saysNoHosts(line: string): boolean {
  return /no hosts matched|no hosts to target|does not match any hosts|Could not match supplied host pattern/i.test(
    line,
  );
}

/**
 * Failures that weren't rescued. A rescued one is printed like any other; only the recap counts them apart, and a host's
 * last are those that weren't. Without a recap the last one is all that is known.
 */
function failuresOf({ results, recap, ended }: PrintedPlay): TaskResult[] {
  const bad = results.filter(one => one.status !== 'ok' && !one.ignored);
  if (!ended) return bad.slice(-1);
  return bad.filter(one => {
    const counts = recap.find(({ host }) => host === one.host);
    if (counts === undefined) return true;
    const ofHost = bad.filter(({ host }) => host === one.host);
    return ofHost.indexOf(one) >= ofHost.length - counts.failed - counts.unreachable;
  });
}

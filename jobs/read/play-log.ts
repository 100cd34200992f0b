import { posix } from 'node:path';
import { type LoggedPlay, parsePlayLog, playedBy } from '#changes/parsers/play-log.ts';
import type { ShellReader } from '#ports/shell.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';

/** Where `logdetail` writes on batcave01 unless the estate says otherwise. Source: the inventory's callback_plugins/logdetail.py. */
export const usualPlayLogs = '/var/log/ansible';

/** So many of the newest plays are read. */
const newest = 3;

/** What is read of a host's log: of a failed task its name alone, of the recap its counts. Held by the allow-list, word by word. */
const telling = String.raw`^[^\t]*\t[0-9]+\t([A-Z_:]*(FAILED|UNREACHABLE)\t[^\t]*|[A-Z_:]*STATS\t[^\t]*\t.*)`;
/** Of a play's own file who played it; not its variables. */
const player = '^    "userid": .*';

/**
 * What the logs on batcave01 say of plays of a target's playbook on its host: each since a time, newest first, in a line; or one
 * line that none was found, and where.
 *
 * @param since ms.
 */
export async function playsSince(
  shell: Pick<ShellReader, 'read'>,
  { batcave }: Pick<RunSettings, 'batcave'>,
  { playbook, host }: Pick<TargetSettings, 'playbook' | 'host'>,
  since: number,
): Promise<string[]> {
  const at = { host: batcave.host };
  const folder = posix.join(batcave.playLogs ?? usualPlayLogs, posix.basename(playbook).replace(/\.ya?ml/, ''));
  const none = (why: string) =>
    `no recap of a play of ${playbook} for ${host} since ${utc(since)} was found on ${batcave.host} in ${folder}${why}`;
  const find = ['find', folder, '-type', 'f', '-name', `${host}.log*`, '-printf', '%T@ %p\\n'];
  const found = await shell.read(at, find, { limitMs: 60_000 });
  const logs = found.stdout.split('\n').flatMap(line => {
    const [, seconds = '', path = ''] = /^(\d+(?:\.\d+)?) (\/.+\.log(?:\.gz)?)$/.exec(line) ?? [];
    return path === '' ? [] : [{ path, at: Number(seconds) * 1_000 }];
  });
  if (logs.length === 0) return [none(found.code === 0 ? '' : `: ${found.stderr.trim().split('\n').at(-1) ?? ''}`)];
  const last = logs.filter(one => one.at >= since).sort((a, b) => b.at - a.at);
  const lines: string[] = [];
  for (const { path, at: ended } of last.slice(0, newest)) {
    const log = await shell.read(at, ['zgrep', '-h', '-o', '-P', telling, path], { limitMs: 60_000 });
    const info = await shell.read(at, ['find', posix.dirname(path), '-type', 'f', '-name', 'playbook-*.info']);
    const [file] = info.stdout.split('\n').filter(name => name.endsWith('.info'));
    const who = file === undefined ? undefined : await shell.read(at, ['zgrep', '-h', '-o', '-P', player, file]);
    lines.push(inWords(playbook, host, parsePlayLog(log.stdout), playedBy(who?.stdout ?? ''), ended));
  }
  return lines.length === 0 ? [none('')] : lines;
}

function inWords(playbook: string, host: string, play: LoggedPlay, who: string | undefined, at: number): string {
  const { recap, check, failed, unreachable } = play;
  const head = `played on batcave01: ${playbook} for ${host}, by ${who ?? 'nobody knows whom'}, until ${utc(at)}`;
  const looked = check ? ', only looking (--check)' : '';
  if (recap === undefined) return `${head}${looked}: it has no recap, so it hasn't ended`;
  const { ok, changed, failures, skipped, rescued, ignored } = recap;
  const counts = `ok=${ok} changed=${changed} unreachable=${recap.unreachable} failed=${failures} skipped=${skipped} rescued=${rescued} ignored=${ignored}`;
  const tasks = [...failed, ...unreachable];
  if (tasks.length === 0) return `${head}${looked}: ${counts}`;
  const kinds =
    failures + recap.unreachable === 0 ? 'failed and ignored or rescued' : 'failed, ignored ones among them';
  return `${head}${looked}: ${counts}; ${kinds}: ${tasks.join(', ')}`;
}

/** "2026-12-01 17:05 UTC". */
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

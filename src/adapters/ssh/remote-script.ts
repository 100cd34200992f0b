import { Refused } from '#core/errors.ts';
import {
  directoryName,
  type Fence,
  guard,
  guardExit,
  type HostSetting,
  identify,
  lockWait,
  script,
  stateOf,
  verdict,
} from './guard-script.ts';
import { quote, quoteAll } from './quote.ts';

function asUser(argv: readonly string[], as: string | undefined): string {
  if (as === undefined || as === 'root') return quoteAll(argv);
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(as)) throw new Refused('bad-user', `${JSON.stringify(as)} is no name of a user`);
  return `cd / && ${quoteAll(['runuser', '-u', as, '--', ...argv])}`;
}

function describe(kind: string, fence: Fence | undefined, argv: readonly string[]): string {
  // The first line is a comment: a key with a line end would end it.
  return `${kind} ${fence === undefined ? '-' : directoryName(fence.key)} ${JSON.stringify(argv)}`;
}

export interface ScriptOptions {
  readonly nonce: string;
  readonly as?: string | undefined;
}

/** A short command behind the guard. Its standard input is empty unless given. */
export function runScript(
  host: HostSetting,
  fence: Fence,
  argv: readonly string[],
  options: ScriptOptions & { readonly stdin?: string | undefined },
): string {
  const { nonce, as, stdin } = options;
  const command = asUser(argv, as);
  return script(describe('run', fence, argv), [
    ...guard(host, fence, nonce),
    verdict(nonce, 'ok'),
    // What the bot keeps is its own; what a command makes is as it would be by hand.
    'umask 022',
    stdin === undefined ? `{ ${command}; } </dev/null` : `printf '%s' ${quote(stdin)} | { ${command}; }`,
  ]);
}

/** What keeps programs from writing, or from running others that a configuration names. */
const environmentOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  psql: { PGOPTIONS: '-c default_transaction_read_only=on' },
  git: {
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https',
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: 'false',
    GIT_CONFIG_KEY_1: 'log.showSignature',
    GIT_CONFIG_VALUE_1: 'false',
    GIT_CONFIG_KEY_2: 'credential.helper',
    GIT_CONFIG_VALUE_2: '',
  },
};

/** A reading command; the identity is asked where this connection hasn't asked it yet. */
export function readScript(
  host: HostSetting,
  argv: readonly string[],
  options: ScriptOptions & { readonly identified: boolean },
): string {
  const { nonce, as, identified } = options;
  const readOnly = Object.entries(environmentOf[argv[0] ?? ''] ?? {}).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  return script(describe('read', undefined, argv), [
    ...(identified ? [] : identify(host, nonce)),
    verdict(nonce, 'ok'),
    'LC_ALL=C.UTF-8',
    'export LC_ALL',
    ...readOnly,
    `{ ${asUser(argv, as)}; } </dev/null`,
  ]);
}

/**
 * Starts a long command. The starter holds the key's lock; the new process inherits it and lets go only when its process
 * id is written, so that nobody can look in between: who gets the lock and finds a claim without a process id sees one
 * that never started. Status and process id appear by rename.
 */
export function startScript(host: HostSetting, fence: Fence, argv: readonly string[], options: ScriptOptions): string {
  const { nonce, as } = options;
  const job = [
    `ferry_s=$(sed 's/.*) //' "/proc/$$/stat" | cut -d ' ' -f 20)`,
    `printf '%s %s %s\\n' "$$" "$ferry_s" "$(cat /proc/sys/kernel/random/boot_id)" >"$1/pid.new" && sync "$1/pid.new" && mv -f "$1/pid.new" "$1/pid" || exit 1`,
    'flock -u 9; exec 9>&-',
    'umask 022',
    asUser(argv, as),
    'ferry_s=$?; umask 077',
    `printf '%s\\n' "$ferry_s" >"$1/status.new" && sync "$1/status.new" && mv -f "$1/status.new" "$1/status" && sync "$1"`,
  ].join('\n');
  const key = quote(directoryName(fence.key));
  const noState = `{ ${verdict(nonce, 'no-state')}; exit ${guardExit.noState}; }`;
  return script(describe('start', fence, argv), [
    ...guard(host, fence, nonce),
    `ferry_k="$ferry_d"/${key}`,
    `(: >>"$ferry_k.lock") 2>/dev/null || ${noState}`,
    'exec 9>>"$ferry_k.lock"',
    `flock -x -w ${lockWait} 9 || { ${verdict(nonce, 'busy')}; exit ${guardExit.busy}; }`,
    'if mkdir "$ferry_k" 2>/dev/null; then',
    'sync "$ferry_d"',
    `( exec </dev/null >>"$ferry_k/output" 2>&1 8>&-; exec setsid -f sh -c ${quote(job)} ferry "$ferry_k" )`,
    'else',
    `[ -d "$ferry_k" ] || ${noState}`,
    'fi',
    verdict(nonce, 'ok'),
  ]);
}

/** The end of a long command's output that is looked at: as many bytes, of them as many lines. */
export const tailBytes = 65_536;
export const tailLines = 50;

/** State of a key: one of "absent", "running SECONDS", "ended CODE", "lost" as the verdict, then the last lines. */
export function detachedScript(
  host: HostSetting,
  run: string,
  key: string,
  options: { readonly nonce: string; readonly identified: boolean },
): string {
  const { nonce, identified } = options;
  const say = (words: string) => verdict(nonce, words);
  return script(`detached ${directoryName(key)} []`, [
    ...(identified ? [] : identify(host, nonce)),
    `ferry_k=${stateOf(host, run)}/${quote(directoryName(key))}`,
    `[ -e "$ferry_k.lock" ] || { ${say('absent')}; exit 0; }`,
    'exec 9>>"$ferry_k.lock"',
    `flock -s -w ${lockWait} 9 || { ${say('busy')}; exit ${guardExit.busy}; }`,
    `[ -d "$ferry_k" ] || { ${say('absent')}; exit 0; }`,
    "ferry_a=''",
    'if [ ! -f "$ferry_k/status" ] && [ -f "$ferry_k/pid" ]; then',
    'read -r ferry_p ferry_t ferry_b <"$ferry_k/pid"',
    `ferry_s=$(sed 's/.*) //' "/proc/$ferry_p/stat" 2>/dev/null | cut -d ' ' -f 20)`,
    // The same process id with another start, or of another boot, is another process.
    '[ "$ferry_s" = "$ferry_t" ] && [ "$(cat /proc/sys/kernel/random/boot_id)" = "$ferry_b" ] && ferry_a=yes',
    'fi',
    // The status may have appeared since: a process writes it before it goes.
    'if [ -f "$ferry_k/status" ]; then',
    say('ended $(cat "$ferry_k/status")'),
    `elif [ -n "$ferry_a" ]; then`,
    say('running $(stat -c %Y "$ferry_k/pid")'),
    'else',
    say('lost'),
    'fi',
    // The host's half of "at most 50 lines": a line may be of any length.
    `[ -f "$ferry_k/output" ] && tail -c ${tailBytes} "$ferry_k/output" | tail -n ${tailLines}`,
    'exit 0',
  ]);
}

/** At most this many bytes of output at once. */
export const outputAtOnce = 1_048_576;

export function outputScript(
  host: HostSetting,
  run: string,
  key: string,
  fromByte: number,
  options: { readonly nonce: string; readonly identified: boolean },
): string {
  const { nonce, identified } = options;
  if (!Number.isSafeInteger(fromByte) || fromByte < 0) throw new Refused('bad-offset', `${fromByte} is no offset`);
  return script(`output ${directoryName(key)} []`, [
    ...(identified ? [] : identify(host, nonce)),
    `ferry_o=${stateOf(host, run)}/${quote(directoryName(key))}/output`,
    verdict(nonce, 'ok $(stat -L -c %s "$ferry_o" 2>/dev/null || echo 0)'),
    `[ -f "$ferry_o" ] && tail -c +${fromByte + 1} "$ferry_o" | head -c ${outputAtOnce}`,
    'exit 0',
  ]);
}

/** Longest file that is read or written whole, in bytes. */
export const fileLimit = 1_048_576;

export function fileScript(
  host: HostSetting,
  path: string,
  options: { readonly nonce: string; readonly identified: boolean },
): string {
  const { nonce, identified } = options;
  return script(`file - ${JSON.stringify([path])}`, [
    ...(identified ? [] : identify(host, nonce)),
    `ferry_f=${quote(absolute(path))}`,
    `[ -e "$ferry_f" ] || { ${verdict(nonce, 'absent')}; exit 0; }`,
    `[ -f "$ferry_f" ] && [ -r "$ferry_f" ] || { ${verdict(nonce, 'unreadable')}; exit 0; }`,
    verdict(nonce, 'ok'),
    `head -c ${fileLimit + 1} "$ferry_f"`,
  ]);
}

/**
 * Replaces a file as a whole. A link is followed, so that its target is replaced. On any failure the old file stands as it
 * was: the verdict is "ok" only after the new one is durable.
 */
export function writeScript(
  host: HostSetting,
  fence: Fence,
  path: string,
  content: string,
  options: { readonly nonce: string; readonly mode: string },
): string {
  const { nonce, mode } = options;
  if (!/^0?[0-7]{3,4}$/.test(mode)) throw new Refused('bad-mode', `"${mode}" is no mode of a file, such as 0644`);
  if (Buffer.byteLength(content) > fileLimit)
    throw new Refused('too-long', `${path}: more than 1 MiB: nothing was sent`);
  const selinux = '[ -d /sys/fs/selinux ] && command -v chcon >/dev/null';
  return script(describe('write', fence, [path]), [
    ...guard(host, fence, nonce),
    `ferry_f=$(readlink -f ${quote(absolute(path))})`,
    `[ -n "$ferry_f" ] && [ ! -d "$ferry_f" ] || { ${verdict(nonce, 'unwritable')}; exit 1; }`,
    'ferry_w=""; [ -e "$ferry_f" ] || ferry_w=new',
    `ferry_n=$(dirname "$ferry_f")/.ferry-${directoryName(fence.key)}`,
    `if printf '%s' ${quote(content)} >"$ferry_n" &&`,
    `if [ -e "$ferry_f" ]; then chown --reference="$ferry_f" "$ferry_n" && chmod --reference="$ferry_f" "$ferry_n" && { ! { ${selinux}; } || chcon --reference="$ferry_f" "$ferry_n"; }; else chmod ${mode} "$ferry_n"; fi &&`,
    'sync "$ferry_n" && mv -f "$ferry_n" "$ferry_f"; then',
    'sync "$(dirname "$ferry_f")"',
    // A file that is new gets the context of its place; one that was replaced keeps its own.
    `if [ -n "$ferry_w" ] && ${selinux}; then restorecon "$ferry_f" 2>/dev/null || true; fi`,
    verdict(nonce, 'ok'),
    'else',
    'rm -f "$ferry_n"',
    verdict(nonce, 'unwritable'),
    'exit 1',
    'fi',
  ]);
}

function absolute(path: string): string {
  if (!path.startsWith('/') || path.split('/').includes('..'))
    throw new Refused('bad-path', `${JSON.stringify(path.slice(0, 120))} is no absolute path`);
  return path;
}

/** What `logdetail`, the callback of batcave01's ansible.cfg, wrote of one play on one host. */
export interface LoggedPlay {
  /** The recap of the host; undefined: the play hasn't ended, or was killed. */
  readonly recap: LoggedRecap | undefined;
  /** It only looked (`--check`). */
  readonly check: boolean;
  /** Names of tasks that failed, in their order, those among them that were ignored or rescued. */
  readonly failed: readonly string[];
  readonly unreachable: readonly string[];
}

/** Counts as PLAY RECAP shows them. */
export interface LoggedRecap {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failures: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
}

const counts = ['ok', 'changed', 'unreachable', 'failures', 'skipped', 'rescued', 'ignored'] as const;

/**
 * Reads lines of a host's log: time, number, category and name, parted by tabs. Only of the recap what follows is read: of a task it
 * may hold secrets, and isn't asked for.
 */
export function parsePlayLog(text: string): LoggedPlay {
  let recap: LoggedRecap | undefined;
  let check = false;
  const failed: string[] = [];
  const unreachable: string[] = [];
  for (const line of text.split('\n')) {
    const [, , marked = '', name = '', data = ''] = line.split('\t');
    const category = marked.replace(/^CHECK(?:_DIFF)?:/, '');
    check ||= category !== marked;
    if (category === 'STATS') recap = recapOf(data) ?? recap;
    if (category === 'FAILED' || category === 'ASYNC_FAILED') failed.push(name);
    if (category === 'UNREACHABLE') unreachable.push(name);
  }
  return { recap, check, failed, unreachable };
}

function recapOf(data: string): LoggedRecap | undefined {
  let found: Readonly<Record<string, unknown>>;
  try {
    found = JSON.parse(data) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const read = Object.fromEntries(counts.map(name => [name, Number(found[name] ?? 0)]));
  return Object.values(read).every(Number.isFinite) ? (read as unknown as LoggedRecap) : undefined;
}

/** Who played it, by lines of the play's `.info`; undefined: they don't say. */
export function playedBy(info: string): string | undefined {
  return /^ {4}"userid": "([^"\\]+)",?$/m.exec(info)?.[1];
}

import { stripVTControlCharacters } from 'node:util';

/** Counts of one host in a PLAY RECAP. */
export interface Recap {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
}

/** The last task that failed and was not rescued. */
export interface FailedTask {
  readonly role: string | undefined;
  readonly task: string;
  readonly host: string;
  /** What the module said, in one line. */
  readonly message: string;
}

export interface Play {
  readonly recap: readonly Recap[];
  readonly failure: FailedTask | undefined;
  /** Ansible found no host for the limit. */
  readonly noHosts: boolean;
}

/** Reads the output of ansible-playbook (rbac-playbook prints the same). */
export function parsePlay(output: string): Play {
  const recap: Recap[] = [];
  let role: string | undefined;
  let task = '';
  let failure: FailedTask | undefined;
  const text = stripVTControlCharacters(output).replaceAll('\r', '');
  for (const line of text.split('\n')) {
    const [, title] = /^(?:TASK|RUNNING HANDLER) \[(.*)\] \**\s*$/.exec(line) ?? [];
    if (title !== undefined) {
      const [, before, name] = /^(\S+) : (.*)$/.exec(title) ?? [];
      role = before;
      task = name ?? title;
      continue;
    }
    const [, host, kind, rest] =
      /^fatal: \[([^\]]+?)(?: -> [^\]]*)?\]: (FAILED|UNREACHABLE)! => (.*)$/.exec(line) ?? [];
    if (host !== undefined && kind !== undefined) {
      failure = { role, task, host, message: messageOf(rest ?? '') ?? kind.toLowerCase() };
      continue;
    }
    if (/^\.\.\.ignoring\s*$/.test(line)) failure = undefined;
    const counts = /^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)/.exec(line);
    if (counts !== null) {
      const [, name, ok, changed, unreachable, failed] = counts;
      recap.push({
        host: name ?? '',
        ok: Number(ok),
        changed: Number(changed),
        unreachable: Number(unreachable),
        failed: Number(failed),
      });
    }
  }
  const bad = recap.some(one => one.failed > 0 || one.unreachable > 0);
  return {
    recap,
    failure: recap.length > 0 && !bad ? undefined : failure,
    noHosts: /no hosts matched|does not match any hosts|Specified hosts and\/or --limit does not match/i.test(text),
  };
}

/**
 * Whether a play has been through a role: it began a task of another role after one of that role, or it ended without a
 * failure.
 */
export function hasLeftRole(output: string, role: string): boolean {
  const text = stripVTControlCharacters(output).replaceAll('\r', '');
  let entered = false;
  for (const line of text.split('\n')) {
    const [, title] = /^TASK \[(.*)\] \**\s*$/.exec(line) ?? [];
    const [, of] = /^(\S+) : /.exec(title ?? '') ?? [];
    if (of === undefined) continue;
    if (of === role) entered = true;
    else if (entered) return true;
  }
  const { recap, failure } = parsePlay(output);
  return recap.length > 0 && failure === undefined && recap.every(one => one.failed + one.unreachable === 0);
}

/** Whether a task that failed is the one that mounts a data volume: where a playbook may stop while the volume isn't attached. */
export function isMounting(failure: FailedTask): boolean {
  return /\bmount/i.test(failure.task);
}

function messageOf(json: string): string | undefined {
  const [, raw] = /"msg": ("(?:[^"\\]|\\.)*")/.exec(json) ?? [];
  if (raw === undefined) return json.trim() === '' ? undefined : json.trim().slice(0, 300);
  try {
    return (JSON.parse(raw) as string).replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  } catch {
    return raw.slice(1, 301);
  }
}

import { parse } from 'yaml';

/** As many characters of what a module said. */
const longest = 300;

export interface ModuleResult {
  /** What the module said, in one line; undefined where it said nothing that can be read. */
  readonly message: string | undefined;
  readonly unreachable: boolean;
  /** `no_log` hides it. */
  readonly censored: boolean;
  /** How many of the lines belong to it. */
  readonly lines: number;
}

/**
 * Reads the result that stands behind "FAILED! =>", on its line or below it: JSON on one line, JSON over many
 * (`callback_format_pretty`, and verbose plays), or YAML (`callback_result_format=yaml`).
 *
 * @param rest what stands on the line itself.
 * @param below the lines after it.
 */
export function readResult(rest: string, below: readonly string[]): ModuleResult {
  const first = rest.trim();
  if (first === '') {
    const lines = indented(below);
    return { ...wordsOf(yamlIn(below.slice(0, lines)), below.slice(0, lines).join('\n')), lines };
  }
  const whole = jsonIn(first);
  if (whole !== undefined || !first.startsWith('{')) return { ...wordsOf(whole, first), lines: 0 };
  const end = below.indexOf('}');
  if (end < 0) return { ...wordsOf(undefined, first), lines: 0 };
  const text = [first, ...below.slice(0, end + 1)].join('\n');
  return { ...wordsOf(jsonIn(text), text), lines: end + 1 };
}

/** Lines of a YAML block: what is indented, and blank lines before more of it. */
function indented(lines: readonly string[]): number {
  let count = 0;
  for (const [index, line] of lines.entries()) {
    if (/^ {4}/.test(line)) count = index + 1;
    else if (line.trim() !== '') break;
  }
  return count;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function yamlIn(lines: readonly string[]): unknown {
  try {
    return parse(lines.map(line => line.slice(4)).join('\n'));
  } catch {
    return undefined;
  }
}

function wordsOf(result: unknown, raw: string): Omit<ModuleResult, 'lines'> {
  if (typeof result !== 'object' || result === null) {
    const [, quoted] = /"?\bmsg"?: (.+)/.exec(raw) ?? [];
    return { message: oneLine(quoted ?? raw), unreachable: /"?\bunreachable"?: true/.test(raw), censored: false };
  }
  const { msg, reason, censored, rc, stderr, module_stderr, unreachable } = result as Readonly<Record<string, unknown>>;
  const said = [msg, reason, censored].find(one => one !== undefined && one !== '');
  const more = [stderr, module_stderr].find(one => typeof one === 'string' && one.trim() !== '');
  // A command says no more than that; what it printed tells why.
  const bare = typeof rc === 'number' && rc !== 0;
  const words = [
    said === undefined ? undefined : text(said),
    bare ? `(exit ${rc})` : undefined,
    bare && more !== undefined ? text(more) : undefined,
  ].filter(one => one !== undefined);
  const message = words.length === 0 ? undefined : oneLine(words.join(' '));
  return { message, unreachable: unreachable === true, censored: censored !== undefined };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function oneLine(said: string): string | undefined {
  const line = said.replaceAll(/\s+/g, ' ').trim().slice(0, longest);
  return line === '' ? undefined : line;
}

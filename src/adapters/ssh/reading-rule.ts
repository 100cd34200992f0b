/** One way to call a program that only reads. Whatever isn't named here is refused. */
export interface ReadingRule {
  readonly program: string;
  /** What it reads, and what of the program is left out. */
  readonly reads: string;
  /** Words that must come first, one of each list ("is-active"). */
  readonly words?: readonly (readonly string[])[];
  /** Flags without a value. Single letters may be written together ("-sSf"). */
  readonly flags?: readonly string[];
  /**
   * Flags with a value: "-n 5", "-n5", "--lines 5" or "--lines=5". A word of its own that looks like an option is no value:
   * not every program would take it for one.
   */
  readonly options?: Readonly<Record<string, RegExp>>;
  /** What each further word must match; without it there may be none. */
  readonly operands?: RegExp;
  /** How many further words there must be at least. */
  readonly atLeast?: number;
  /** Flags or options of which one must be there. */
  readonly needs?: readonly string[];
  /** Flags or options of which each must be there. */
  readonly must?: readonly string[];
  /** The only user who may run it. */
  readonly as?: string;
}

/** Why a rule doesn't hold a command, and how many of its words it did hold (the best rule is the one that is named). */
export interface Misfit {
  readonly held: number;
  readonly why: string;
}

/** @returns undefined when the rule holds the command. */
export function misfit(rule: ReadingRule, args: readonly string[], as: string | undefined): Misfit | undefined {
  let at = 0;
  for (const allowed of rule.words ?? []) {
    const word = args[at];
    if (word === undefined) return { held: at, why: `it needs one of ${allowed.join(', ')}` };
    if (!allowed.includes(word)) return { held: at, why: `argument ${at + 1} (${show(word)}) isn't on the list` };
    at += 1;
  }
  const seen = new Set<string>();
  let operands = 0;
  let onlyOperands = false;
  while (at < args.length) {
    const word = args[at] ?? '';
    const no: Misfit = { held: at, why: `argument ${at + 1} (${show(word)}) isn't on the list` };
    if (!onlyOperands && word === '--') onlyOperands = true;
    else if (!onlyOperands && (/^-./.test(word) || rule.flags?.includes(word) === true)) {
      const used = flag(rule, word, args[at + 1]);
      if (used === undefined) return no;
      for (const name of used.names) seen.add(name);
      at += used.words - 1;
    } else {
      // A word that starts with a dash behind "--" is an operand to the program, yet no path or name here starts with one.
      if (rule.operands === undefined || word.startsWith('-') || !rule.operands.test(word)) return no;
      operands += 1;
    }
    at += 1;
  }
  if (operands < (rule.atLeast ?? 0)) return { held: at, why: 'it names too few things to read' };
  if (rule.needs !== undefined && !rule.needs.some(name => seen.has(name)))
    return { held: at, why: `it needs ${rule.needs.join(' or ')}` };
  const missing = rule.must?.find(name => !seen.has(name));
  if (missing !== undefined) return { held: at, why: `it needs ${missing}` };
  if (rule.as !== undefined && rule.as !== as) return { held: at, why: `it may run as ${rule.as} only` };
  return undefined;
}

/** Which flags a word uses, and how many words it takes with its value. */
function flag(
  rule: ReadingRule,
  word: string,
  next: string | undefined,
): { readonly names: readonly string[]; readonly words: number } | undefined {
  const flags = rule.flags ?? [];
  const options = rule.options ?? {};
  if (flags.includes(word)) return { names: [word], words: 1 };
  if (Object.hasOwn(options, word)) {
    return isValue(options[word], next) ? { names: [word], words: 2 } : undefined;
  }
  const [, name, value] = /^(--[a-z0-9-]+)=(.*)$/s.exec(word) ?? [];
  if (name !== undefined && value !== undefined)
    return Object.hasOwn(options, name) && options[name]?.test(value) === true
      ? { names: [name], words: 1 }
      : undefined;
  if (word.startsWith('--') || !word.startsWith('-')) return undefined;
  const letters = [...word.slice(1)].map(letter => `-${letter}`);
  if (letters.every(letter => flags.includes(letter))) return { names: letters, words: 1 };
  // Letters written together of which the last one takes a value: "-XAtc STATEMENT", "-n5".
  for (let i = 0; i < letters.length; i += 1) {
    const letter = letters[i] ?? '';
    if (flags.includes(letter)) continue;
    if (!Object.hasOwn(options, letter)) return undefined;
    const rest = word.slice(i + 2);
    if (rest === '' ? !isValue(options[letter], next) : options[letter]?.test(rest) !== true) return undefined;
    return { names: letters.slice(0, i + 1), words: rest === '' ? 2 : 1 };
  }
  return undefined;
}

/** Whether the word behind an option is its value. */
function isValue(pattern: RegExp | undefined, next: string | undefined): boolean {
  return next !== undefined && !/^-./.test(next) && pattern?.test(next) === true;
}

/** A word as a message may show it: short, without control characters. */
function show(word: string): string {
  const plain = JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
  return plain.slice(1, -1);
}

import { isMap, isNode, isScalar, isSeq, type Node, type Pair, parseDocument, type Scalar, visit } from 'yaml';
import { Refused } from '../errors.ts';
import { lineNumberAt } from './lines.ts';

/** A piece of the source: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A scalar with where it stands, quotes included. */
export interface ScalarSpan extends Span {
  /** As YAML reads it. */
  readonly value: string;
  readonly quote: '"' | "'" | '';
  /** Literal or folded block, or a scalar of several lines. */
  readonly manyLines: boolean;
}

/** The value of a top-level key. */
export interface YamlPlace extends Span {
  /** 1-based line of the key. */
  readonly line: number;
  /** All scalars below the key, in the file's order, keys of inner mappings left out. */
  readonly scalars: readonly ScalarSpan[];
  /** Aliases among the values, as written: `*ips`. What they stand for isn't here. */
  readonly aliases: readonly string[];
  /** The scalar, where the value is one. */
  readonly scalar: ScalarSpan | undefined;
  /** The list's elements, where the value is a list; an element that is no scalar is a span without text of its own. */
  readonly list: { readonly flow: boolean; readonly elements: readonly Span[] } | undefined;
}

/**
 * Finds a top-level key of a YAML file. Only places are read: the text itself is edited by slices, so comments, quotes and
 * white space stay.
 *
 * @throws Refused `unreadable-yaml`, `no-such-line` when the key isn't there, `ambiguous-line` when it stands twice.
 */
export function yamlPlace(text: string, file: string, key: string): YamlPlace {
  const found = pairsOf(text, file).filter(pair => isScalar(pair.key) && String(pair.key.value) === key);
  const lines = found.map(pair => lineNumberAt(text, rangeOf(pair.key)?.start ?? 0));
  if (found.length > 1)
    throw new Refused('ambiguous-line', `${file}: ${key} stands more than once, in lines ${lines.join(', ')}`);
  const [pair] = found;
  const value = pair?.value;
  if (pair === undefined || !isNode(value)) {
    const what = pair === undefined ? `has no top-level key ${key}` : `: ${key} in line ${lines[0]} has no value`;
    throw new Refused('no-such-line', `${file}${pair === undefined ? ' ' : ''}${what}`);
  }
  const span = rangeOf(value) ?? { start: 0, end: 0 };
  return {
    ...span,
    line: lines[0] ?? 1,
    scalars: scalarsUnder(value, text),
    aliases: aliasesUnder(value),
    scalar: isScalar(value) ? scalarSpan(value, text) : undefined,
    list: isSeq(value)
      ? { flow: value.flow === true, elements: value.items.flatMap(item => rangeOf(item) ?? []) }
      : undefined,
  };
}

/** Names of the top-level keys, in the file's order. @throws Refused `unreadable-yaml`. */
export function topLevelKeys(text: string, file: string): string[] {
  return pairsOf(text, file).flatMap(pair => (isScalar(pair.key) ? [String(pair.key.value)] : []));
}

function pairsOf(text: string, file: string): Pair[] {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = lineNumberAt(text, error.pos[0]);
    throw new Refused('unreadable-yaml', `${file}, line ${line}: this is no YAML that can be edited (${error.code})`);
  }
  if (document.contents === null) return [];
  if (!isMap(document.contents))
    throw new Refused('unreadable-yaml', `${file} is no mapping of keys to values at its top level`);
  return document.contents.items;
}

function scalarsUnder(node: Node, text: string): ScalarSpan[] {
  const scalars: ScalarSpan[] = [];
  visit(node, {
    Scalar(key, scalar) {
      const span = key === 'key' ? undefined : scalarSpan(scalar, text);
      if (span !== undefined) scalars.push(span);
    },
  });
  return scalars;
}

function aliasesUnder(node: Node): string[] {
  const aliases: string[] = [];
  visit(node, {
    Alias(_key, alias) {
      aliases.push(`*${alias.source}`);
    },
  });
  return aliases;
}

function scalarSpan(scalar: Scalar, text: string): ScalarSpan | undefined {
  const span = rangeOf(scalar);
  if (span === undefined) return undefined;
  const source = text.slice(span.start, span.end);
  const first = source.charAt(0);
  return {
    ...span,
    value: typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? source),
    quote: first === '"' || first === "'" ? first : '',
    manyLines: source.includes('\n'),
  };
}

function rangeOf(node: unknown): Span | undefined {
  if (!isNode(node) || node.range === null || node.range === undefined) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

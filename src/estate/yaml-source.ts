import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import type { Problem } from './estate-error.ts';

export type Path = readonly (string | number)[];

/** A YAML file's content with the lines on which its keys stand. */
export interface YamlSource {
  /** Plain values; of duplicate keys the last. */
  readonly content: unknown;
  /** What YAML itself finds wrong: syntax and duplicate keys. */
  readonly problems: readonly Problem[];
  /** Whether the content is worth a look: only keys stand twice, if anything. */
  readonly usable: boolean;
  /** Line of the deepest part of a path that is there. */
  lineOf(path: Path): number;
}

export function yamlSource(text: string): YamlSource {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, logLevel: 'silent' });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const duplicates = document.errors.filter(error => error.code === 'DUPLICATE_KEY');
  const problems = document.errors.map(error => {
    const line = lineAt(error.pos[0]);
    if (error.code !== 'DUPLICATE_KEY')
      return { line, key: '', sentence: `this is no YAML: ${firstLine(error.message)}` };
    const key = /^["']?([^"':\s]*)/.exec(text.slice(error.pos[0]))?.[1] ?? '';
    return { line, key, sentence: 'this key stands twice in its mapping: take one away' };
  });
  const usable = duplicates.length === document.errors.length;
  return {
    content: usable ? document.toJS() : undefined,
    problems,
    usable,
    lineOf: path => lineAt(offsetOf(document, path)),
  };
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.findLast(
        item => isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (node === undefined) break;
      offset = (node as { range?: [number, number, number] }).range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

/** As people write it: `targets.copr-be-dev.volumes[0].id`. */
export function writePath(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

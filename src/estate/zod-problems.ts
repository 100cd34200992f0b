import type { z } from 'zod';
import { nearest } from '#chat/nearest.ts';
import type { Problem } from './estate-error.ts';
import { type Path, writePath, type YamlSource } from './yaml-source.ts';

const kinds: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

/** Turns what zod found into sentences with lines. Keys that are missing because they were misspelt are told once. */
export function zodProblems(error: z.ZodError, source: YamlSource): Problem[] {
  const issues = error.issues;
  const offered = new Set<string>();
  const unknown = issues.flatMap(issue => {
    if (issue.code !== 'unrecognized_keys') return [];
    const path = issue.path as Path;
    const known = issue.message.split(' ');
    return issue.keys.map(key => {
      const near = nearest(key, known) ?? known.find(one => lettersOf(one) === lettersOf(key));
      if (near !== undefined) offered.add(writePath([...path, near]));
      const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`;
      return at(source, [...path, key], `there is no key "${key}" here; ${hint}`);
    });
  });
  const others = issues.flatMap(issue => {
    if (issue.code === 'unrecognized_keys') return [];
    const path = issue.path as Path;
    const value = valueAt(source.content, path);
    const wanted = wantedBy(issue);
    if (value !== undefined) return [at(source, path, sentenceFor(issue, value, wanted))];
    return offered.has(writePath(path)) ? [] : [at(source, path, `this key is missing; it must be ${wanted}`)];
  });
  return [...unknown, ...others];
}

export function at(source: YamlSource, path: Path, sentence: string): Problem {
  return { line: source.lineOf(path), key: writePath(path), sentence };
}

/** What stands at a path of plain values. */
export function valueAt(content: unknown, path: Path): unknown {
  let value = content;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type' && /^Invalid input/.test(issue.message))
    return kinds[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'another name';
  return issue.message;
}

function sentenceFor(issue: z.core.$ZodIssue, value: unknown, wanted: string): string {
  if (issue.code === 'invalid_key') return `the name must be ${wanted}`;
  const near =
    issue.code === 'invalid_value' && typeof value === 'string' ? nearest(value, issue.values.map(String)) : undefined;
  return `must be ${wanted}, not ${shown(value)}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

/** Two words of the same letters are one, mistyped. */
function lettersOf(word: string): string {
  return [...word].sort().join('');
}

/** A value for people, short and without the password of an address. */
function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  if (text.includes('PRIVATE KEY')) return 'a private key, which has no place in this file';
  const safe = text.replaceAll(/(\/\/)[^/@\s]*@/g, '$1…@');
  return safe.length > 80 ? `${safe.slice(0, 79)}…` : safe;
}

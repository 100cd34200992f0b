import { UsageError } from '../subcommand.ts';

export type TypedLine =
  | { readonly do: 'nothing' | 'help' | 'quit' }
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'thread'; readonly number: number; readonly text: string }
  | { readonly do: 'react' | 'unreact'; readonly emoji: string }
  | { readonly do: 'as'; readonly person: string }
  | { readonly do: 'room'; readonly name: string }
  | { readonly do: 'more'; readonly name: string; readonly rest: string };

const commands = [
  ['/as PERSON', 'speak as somebody else'],
  ['/yes, /no', 'put ✅ or ❌ on the newest request without yours'],
  ['/react EMOJI', 'put an emoji on it'],
  ['/unreact EMOJI', 'take it back'],
  ['/thread N TEXT', 'reply in thread N'],
  ['/room NAME', 'go to another room'],
  ['/quit', 'leave (or Ctrl-D)'],
] as const;

/** What `/help` prints, other commands of the session among it. */
export function sessionHelp(more: Readonly<Record<string, { readonly help: string }>>): readonly string[] {
  const extra = Object.entries(more).map(([name, { help }]) => [`/${name}`, help] as const);
  return [
    'What you type is said. Besides:',
    ...[...extra, ...commands].map(([usage, help]) => `  ${usage.padEnd(16)}${help}`),
  ];
}

/** Reads a typed line; "//x" says "/x". @throws UsageError for an unknown or incomplete command. */
export function parseLine(line: string, more: readonly string[] = []): TypedLine {
  const text = line.trim();
  if (text === '') return { do: 'nothing' };
  if (!text.startsWith('/')) return { do: 'say', text };
  if (text.startsWith('//')) return { do: 'say', text: text.slice(1) };
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (more.includes(name)) return { do: 'more', name, rest };
  switch (name) {
    case 'yes':
      return { do: 'react', emoji: '✅' };
    case 'no':
      return { do: 'react', emoji: '❌' };
    case 'react':
    case 'unreact':
      return { do: name, emoji: needed(rest, `/${name} which emoji? /${name} ✅`) };
    case 'as':
      return { do: 'as', person: needed(rest, '/as whom? /as bob') };
    case 'room':
      return { do: 'room', name: needed(rest, '/room which? /room work') };
    case 'thread': {
      const [, number, said] = /^(\d+)\s+(.+)$/s.exec(rest) ?? [];
      if (number === undefined || said === undefined) throw new UsageError('/thread N TEXT: /thread 1 looking at it');
      return { do: 'thread', number: Number(number), text: said };
    }
    case 'help':
    case 'quit':
      return { do: name };
    default:
      throw new UsageError(`there is no /${name}: see /help`);
  }
}

function needed(rest: string, question: string): string {
  if (rest === '') throw new UsageError(question);
  return rest;
}

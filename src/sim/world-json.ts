import type { WorldState } from './state.ts';

interface Parts {
  readonly hosts: Readonly<Record<string, { readonly files?: object }>>;
  readonly matrix?: {
    readonly events?: readonly { readonly redactedBy?: string }[];
    readonly media?: Readonly<Record<string, object>>;
  };
}

/**
 * The world as JSON, which is written after every effect. Most of it is hosts' files, events and media, of which each is
 * replaced or added but never altered (an event by its redaction alone): those are put into words once.
 */
export class WorldJson {
  readonly #words = new WeakMap<object, string>();

  of(state: WorldState): string {
    const { hosts, matrix, ...rest } = state as WorldState & Parts;
    const words: [string, string][] = Object.entries(rest).map(([key, value]) => [key, JSON.stringify(value)]);
    words.push(['hosts', fields(hosts, host => this.#host(host))]);
    if (matrix !== undefined && matrix !== null) words.push(['matrix', this.#matrix(matrix)]);
    return object(words);
  }

  #host({ files, ...rest }: Parts['hosts'][string]): string {
    if (files === undefined) return JSON.stringify(rest);
    return object([...entries(rest), ['files', this.#kept(files)]]);
  }

  #matrix({ events, media, ...rest }: NonNullable<Parts['matrix']>): string {
    const words = entries(rest);
    if (events !== undefined) {
      const each = events.map(event => (event.redactedBy === undefined ? this.#kept(event) : JSON.stringify(event)));
      words.push(['events', `[${each.join(',')}]`]);
    }
    if (media !== undefined) words.push(['media', fields(media, one => this.#kept(one))]);
    return object(words);
  }

  #kept(part: object): string {
    const known = this.#words.get(part);
    if (known !== undefined) return known;
    const words = JSON.stringify(part);
    this.#words.set(part, words);
    return words;
  }
}

function entries(part: object): [string, string][] {
  return Object.entries(part).map(([key, value]) => [key, JSON.stringify(value)]);
}

function fields<T>(parts: Readonly<Record<string, T>>, word: (part: T) => string): string {
  return object(Object.entries(parts).map(([key, part]) => [key, word(part)]));
}

/** Undefined values are left out, as JSON.stringify does. */
function object(words: readonly (readonly [string, string | undefined])[]): string {
  return `{${words.flatMap(([key, word]) => (word === undefined ? [] : [`${JSON.stringify(key)}:${word}`])).join(',')}}`;
}

import { BadInput } from '#core/errors.ts';

/** One thing that is wrong in a configuration file. */
export interface Problem {
  /** 1-based. */
  readonly line: number;
  /** As `targets.copr-be-dev.volumes[0].id`; empty for the file as a whole. */
  readonly key: string;
  readonly sentence: string;
}

/** A configuration file is wrong: everything that is, sorted by line. */
export class EstateError extends BadInput {
  override readonly code: string = 'bad-estate';
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = [...problems].sort((a, b) => a.line - b.line || (a.key < b.key ? -1 : 1));
    const lines = sorted.map(
      ({ line, key, sentence }) => `${file}, line ${line}${key === '' ? '' : `, ${key}`}: ${sentence}`,
    );
    super(file, lines.join('\n'));
    this.file = file;
    this.problems = sorted;
  }
}

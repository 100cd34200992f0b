import { BadInput, FerryError } from '#core/errors.ts';

/** One thing that `ferry check` proves. It reads, or asks for a dry run. */
export interface Proof {
  /** What is proved, in two or three words: "aws copr-be-dev". */
  readonly of: string;
  /** Says what was seen. @throws FerryError what is wrong. */
  readonly see: () => Promise<string>;
  /** What to do when it fails. */
  readonly otherwise: string;
}

export interface Proved {
  readonly of: string;
  readonly result: 'ok' | 'failed' | 'configuration';
  /** What was seen; or what is wrong and what to do. */
  readonly says: string;
}

/** Never throws: whatever goes wrong is what was proved. */
export async function prove({ of, see, otherwise }: Proof): Promise<Proved> {
  try {
    return { of, result: 'ok', says: await see() };
  } catch (error) {
    const sentence = error instanceof FerryError ? error.message : `unexpected: ${(error as Error).message}`;
    const result = error instanceof BadInput ? 'configuration' : 'failed';
    return { of, result, says: `${sentence.replace(/[.;]$/, '')}; ${otherwise}` };
  }
}

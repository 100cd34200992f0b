import { createHash } from 'node:crypto';
import type { SimTag } from '../state.ts';
import type { Ec2Context } from './ec2-context.ts';
import { Ec2Error } from './ec2-error.ts';
import type { Query } from './query.ts';
import type { Answer } from './xml.ts';

/** One request to the pretend EC2, as an action sees it. */
export interface Ec2Request {
  readonly ec2: Ec2Context;
  readonly query: Query;
  /**
   * To be called once what the request names was found and before states are judged (EC2 answers a dry run by
   * permissions, not by state).
   *
   * @throws Ec2Error DryRunOperation when it is one.
   */
  readonly dryRun: () => void;
  /** It met the fault `busy`. */
  readonly busy: boolean;
  /** It met the fault `torn`. */
  readonly torn: boolean;
  /** It met the fault `terminated`: what it makes ends soon, for this reason (`code: message`). */
  readonly ends?: string;
}

/** Acts at once, without awaiting, so that a request is one step of the world. @throws Ec2Error, with nothing changed. */
export type Action = (request: Ec2Request) => Answer;

export const done: Answer = { return: true };

export const tagSet = (tags: readonly SimTag[]) => tags.map(({ Key, Value }) => ({ key: Key, value: Value }));

/**
 * The same client token gives the same resources, whatever happened to them since; the token is kept for good.
 *
 * @param make makes them and gives their ids.
 * @throws Ec2Error IdempotentParameterMismatch when the other parameters differ.
 */
export function once({ ec2, query }: Ec2Request, action: string, make: () => string[]): string[] {
  const token = query.text('ClientToken') ?? '';
  if (token === '') return make();
  if (token.length > 64) {
    throw new Ec2Error('InvalidParameterValue', 'The client token is longer than 64 ASCII characters.');
  }
  const hash = createHash('sha256')
    .update(JSON.stringify(query.without('ClientToken', 'DryRun').toJson()))
    .digest('hex');
  const key = `${action} ${token}`;
  const known = ec2.books.tokens[key];
  if (known !== undefined) {
    if (known.hash === hash) return known.resources;
    throw new Ec2Error(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
  const resources = make();
  ec2.books.tokens[key] = { resources, hash };
  return resources;
}

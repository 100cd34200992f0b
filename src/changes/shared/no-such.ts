import type { JsonObject } from '#core/json.ts';
import type { Look } from '#engine/define-change.ts';
import { other } from './looks.ts';

/**
 * AWS doesn't describe the thing. Never taken for "deleted" or "terminated": a wrong region, another account or a slip
 * of an id look the same.
 */
export function noSuch<O extends JsonObject>(id: string): Extract<Look<O>, { is: 'other' }> {
  return other('not-described', `AWS describes no ${id} in this region and account`);
}

import type { JsonObject } from '#core/json.ts';
import type { Look } from '#engine/define-change.ts';

/** A look that a person decides about: the world is neither as before nor as after. */
export function other<O extends JsonObject>(
  code: string,
  sentence: string,
  evidence: readonly string[] = [],
): Extract<Look<O>, { is: 'other' }> {
  return { is: 'other', code, sentence, evidence };
}

/** A look that says: this generation ended without the effect. */
export function failed<O extends JsonObject>(
  code: string,
  sentence: string,
  evidence: readonly string[] = [],
): Extract<Look<O>, { is: 'failed' }> {
  return { is: 'failed', code, sentence, evidence };
}

/** "1 process", "2 processes". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

import type { JsonObject } from '#core/json.ts';
import type { Look } from '#engine/define-change.ts';
import type { Instance } from '#ports/compute.ts';
import { other } from './looks.ts';

/** What AWS calls its reason, and what a retry of the launch makes of it. Source: AWS's list of StateReason codes. */
const launchAgain: readonly (readonly [RegExp, string])[] = [
  [
    /InsufficientInstanceCapacity|InsufficientHostCapacity/,
    '!retry launches another one, which lives once there is capacity for its type in the zone',
  ],
  [
    /^Client\.InternalError$/,
    'most often the KMS key of its encrypted root may not be used: !retry launches another one, which ends the same way until that is mended',
  ],
  [
    /VolumeLimitExceeded|InvalidSnapshot/,
    '!retry launches another one, which ends the same way until the account may have another volume',
  ],
  [
    /^Client\.(UserInitiated|InstanceInitiated)Shutdown$/,
    'somebody ended it, it was not AWS: !retry launches another one',
  ],
];

/** An instance that is gone or going: there is no way back from either. */
export function hasEnded({ state }: Pick<Instance, 'state'>): boolean {
  return state === 'terminated' || state === 'shutting-down';
}

/** "i-0… is terminated; AWS says Server.InternalError: Internal error on launch". */
export function endedInWords({ id, state, stateReason }: Pick<Instance, 'id' | 'state' | 'stateReason'>): string {
  if (stateReason === undefined) return `${id} is ${state}, and AWS doesn't say why`;
  const { code, message } = stateReason;
  return `${id} is ${state}; AWS says ${code}${message === '' ? '' : `: ${message.replace(/\.$/, '')}`}`;
}

/** Of an instance that ended at its launch: why, and what `!retry` will do. */
export function endedAtLaunch(instance: Pick<Instance, 'id' | 'state' | 'stateReason'>): string {
  const code = instance.stateReason?.code ?? '';
  const [, again] = launchAgain.find(([pattern]) => pattern.test(code)) ?? [];
  return `${endedInWords(instance)}: ${again ?? '!retry launches another one'}`;
}

/** Of an instance that the run needs and that has ended since: why, and that no retry brings it back. */
export function endedSince(instance: Pick<Instance, 'id' | 'state' | 'stateReason'>): string {
  return `${endedInWords(instance)}: !retry only looks again and launches no other one; turn the run back and propose it anew`;
}

/** The look of a change at an instance that has ended. */
export function endedLook<O extends JsonObject>(instance: Instance): Extract<Look<O>, { is: 'other' }> {
  return other('instance-terminated', endedSince(instance));
}

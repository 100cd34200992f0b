import { originalTag } from '#changes/shared/restored-volume.ts';
import { sameDevice } from '#core/device-name.ts';
import type { Volume } from '#ports/compute.ts';
import { estateLine } from '../back/restored-volume.ts';

/**
 * What to change in the estate where a way back put another volume in the place of the one that it names; undefined where that isn't why
 * it is missing.
 *
 * @param there all volumes of the instance in use.
 */
export function replacedVolume(
  target: string,
  missing: { readonly id: string; readonly device: string },
  instance: string,
  there: readonly Volume[],
): string | undefined {
  const now = there.find(
    ({ tags, attachments }) =>
      tags[originalTag] !== undefined &&
      attachments.some(one => one.instance === instance && sameDevice(one.device, missing.device)),
  );
  if (now === undefined) return undefined;
  const { id, device } = { id: now.id, device: missing.device };
  return `a way back put ${id} in the place of ${missing.id} on ${instance}: change ${estateLine(target, missing.id, { id, device })}`;
}

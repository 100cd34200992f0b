import { describe, expect, it } from 'vitest';
import { coprOutlook } from '#chat/copr-outlook.ts';
import type { StepContext } from '#engine/define-step.ts';
import { affected } from '#jobs/announce/wording.ts';

/** An upgrade of one target, as far as an announcement reads it. */
const upgradeOf = (role: string) =>
  ({ run: { targets: ['one'] }, settings: { targets: { one: { role } } } }) as unknown as StepContext;

describe('announcements', () => {
  it.each(['frontend', 'backend', 'distgit', 'keygen'])('of a %s tell users of what the room shows as down', role => {
    const shown = new Set(coprOutlook().windows.flatMap(one => (one.role === role ? [one.service] : [])));
    const told = affected(upgradeOf(role)).replace('web, API', 'web and API');
    for (const service of shown) expect(told).toContain(service);
  });
});

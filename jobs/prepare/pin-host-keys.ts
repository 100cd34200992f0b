import { endedSince, hasEnded } from '#changes/shared/ended-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { consoleKeys } from '../read/host-keys-from-console.ts';
import { scene } from '../scene.ts';

/**
 * The new host's keys, from its console output through the EC2 API: trusted as far as the credentials are. From then on
 * nothing else is accepted from that instance. Where a line of the kernel cut one in two, the console is read again for a
 * while; what isn't whole then is left out.
 */
export const pinHostKeys = defineStep({
  id: 'pin-host-keys',
  title: 'Pin the host keys of the new instance',
  danger: 'safe',
  needs: ['launch-instance'],
  limit: 'launch',
  async verify({ compute }, context) {
    const { instance } = scene(context).new;
    const found = consoleKeys(await compute.console(instance));
    if (found === undefined) {
      const described = await compute.instance(instance);
      if (described !== undefined && hasEnded(described)) return { ok: false, why: endedSince(described) };
      return { ok: false, wait: true, why: `the console output of ${instance} holds no whole host key yet` };
    }
    const { keys, torn } = found;
    const pinned = { ok: true, outputs: { instance, keys } } as const;
    if (torn.length === 0) return pinned;
    const types = keys.map(key => key.split(' ', 1)[0]).join(', ');
    const note = `the console cut ${torn.length === 1 ? 'a host key' : `${torn.length} host keys`} in two; pinned: ${types}`;
    return { ...pinned, note, again: `${note}: it is read again` };
  },
});

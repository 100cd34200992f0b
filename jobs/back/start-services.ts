import { defineStep } from '#engine/define-step.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { sameFileSystems } from '../verify/same-file-systems.ts';
import { returnSettings } from './check-return.ts';

/** What the upgrade stopped on the old host, in the order in which it is undone. */
const stoppedBy = ['unmount-data', 'stop-database', 'stop-services', 'drain-builders'];

/**
 * What the upgrade stopped and disabled on the old host runs and is enabled as it was, by the inverses of its changes; so are the
 * lines of fstab and the builders' pools. Nothing starts over an empty mount point.
 */
export const startServices = defineStep({
  id: 'start-services',
  title: 'Start the services on the old instance',
  danger: 'disruptive',
  gate: 'address',
  limit: 'network',
  plan: context => {
    const { undo } = returnSettings(context);
    return stoppedBy.flatMap(step => undo[step] ?? []);
  },
  ready: ({ shell }, context) => {
    const here = scene(context);
    return sameFileSystems(shell, onInstance(here.new.instance), here);
  },
  async verify({ shell }, context) {
    const { target, new: kept } = scene(context);
    const late = lateUnit(target.role);
    const down: string[] = [];
    for (const unit of [...target.services, ...(late === undefined ? [] : [late])]) {
      const { stdout } = await shell.read(onInstance(kept.instance), ['systemctl', 'is-active', unit]);
      if (stdout.trim() !== 'active') down.push(`${unit} is ${stdout.trim() || 'unknown'}`);
    }
    return down.length === 0 ? { ok: true } : { ok: false, wait: true, why: `on ${kept.instance}: ${down.join(', ')}` };
  },
});

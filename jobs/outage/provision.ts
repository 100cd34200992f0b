import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { setUnits } from '#changes/set-units.ts';
import { stopped } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { birthday, checkoutOf, commitMessage, servicesDisabled } from '../inventory-edits.ts';
import { onBatcave } from '../on-batcave.ts';
import { ownRole } from '../own-role.ts';
import { playedByHand } from '../read/by-hand-lines.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import type { Scene } from '../scene.ts';
import { scene } from '../scene.ts';
import { noneActive } from '../verify/none-active.ts';

/**
 * The document, "Provision new instance from scratch": birthday and services_disabled in one commit, then the playbook;
 * end-birthday reverts birthday beside it. It may stop at mounting, where the data isn't there yet: at a mount point of the
 * target's data, in its own role, after `base`; any other failure halts. Of the backend it is the
 * second play, with data. `services_disabled` is no fence (cron, the database and some handlers ignore it): every unit of
 * the role is stopped and checked, but the backend's lighttpd, which serves the repositories already.
 */
export const provision = defineStep({
  id: 'provision',
  title: 'Provision the new instance',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const { settings, target, new: launched } = here;
    const checkout = checkoutOf(here);
    return [
      editInventory({
        edits: [birthday(here, 'yes'), servicesDisabled(here, true)],
        message: commitMessage(here, 'provision the new instance, its services off'),
        checkout,
      }),
      playPlaybook({
        ...onBatcave(settings),
        limit: target.host,
        playbook: target.playbook,
        tags: [],
        mayStopAtMount: target.role !== 'backend',
        ...(target.role === 'backend'
          ? {}
          : { stop: { own: ownRole(target.role), paths: target.mounts.map(one => one.path) } }),
      }),
      setUnits({ host: onInstance(launched.instance), units: stopped(quietUnits(here)) }),
    ];
  },
  readByHand: playedByHand('provision'),
  verify: ({ shell }, context) => {
    const here = scene(context);
    return noneActive(shell, onInstance(here.new.instance), quietUnits(here));
  },
  undo: {
    rule: 'on the new instance every unit of the role stops; birthday goes, services_disabled goes back to false',
    plan: context => {
      const here = scene(context);
      const late = lateUnit(here.target.role);
      const units = [...quietUnits(here), ...(here.target.role === 'backend' && late !== undefined ? [late] : [])];
      return [
        setUnits({ host: onInstance(here.new.instance), units: stopped(units) }),
        editInventory({
          edits: [birthday(here, null), servicesDisabled(here, false)],
          message: commitMessage(here, 'back to the old instance'),
          checkout: checkoutOf(here),
        }),
      ];
    },
  },
});

/** All units of the role that must be quiet until enable-services, cron and timers first. */
function quietUnits({ target, facts }: Pick<Scene, 'target' | 'facts'>): string[] {
  const late = target.role === 'backend' ? undefined : lateUnit(target.role);
  const units = [...facts.timers, ...facts.units, ...(late === undefined ? [] : [late])];
  return [...new Set(units)].filter(unit => target.role !== 'backend' || unit !== lateUnit(target.role));
}

import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { setUnits } from '#changes/set-units.ts';
import { startedIfThere, stopped, type UnitGoal } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage, servicesDisabled } from '../inventory-edits.ts';
import { onBatcave } from '../on-batcave.ts';
import { playedByHand } from '../read/by-hand-lines.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { sameFileSystems } from '../verify/same-file-systems.ts';

/**
 * The document, "Get it working": services_disabled false, timers and cron unmasked now that the real data is mounted,
 * and the playbook until it passes; its "upgrade db to head" finds nothing left after migrate-database. A failure is for
 * people; afterwards `!retry`, or `!done`, which checks the units.
 */
export const enableServices = defineStep({
  id: 'enable-services',
  title: 'Start the services on the new instance',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const here = scene(context);
    const { settings, target, facts, new: launched } = here;
    const masked: UnitGoal[] =
      target.role === 'backend' ? ['crond.service', ...facts.timers].map(unit => ({ unit, masked: false })) : [];
    return [
      editInventory({
        edits: [servicesDisabled(here, false)],
        message: commitMessage(here, 'start the services on the new instance'),
        checkout: checkoutOf(here),
      }),
      ...(masked.length === 0 ? [] : [setUnits({ host: onInstance(launched.instance), units: masked })]),
      playPlaybook({
        ...onBatcave(settings),
        limit: target.host,
        playbook: target.playbook,
        tags: [],
        mayStopAtMount: false,
      }),
      // The playbook starts its services; what provision stopped of the system's own is started here.
      setUnits({ host: onInstance(launched.instance), units: startedIfThere(facts.timers) }),
    ];
  },
  /** Cron on the backend syncs the results to the off-site backup with --delete: nothing starts over an empty mount point. */
  ready: ({ shell }, context) => {
    const here = scene(context);
    return sameFileSystems(shell, onInstance(here.new.instance), here);
  },
  readByHand: playedByHand('enable-services'),
  async verify({ shell }, context) {
    const { facts, target, new: launched } = scene(context);
    const late = lateUnit(target.role);
    const down: string[] = [];
    for (const unit of [...facts.units, ...(late === undefined ? [] : [late])]) {
      const { stdout } = await shell.read(onInstance(launched.instance), ['systemctl', 'is-active', unit]);
      if (stdout.trim() !== 'active') down.push(`${unit} is ${stdout.trim() || 'unknown'}`);
    }
    return down.length === 0 ? { ok: true } : { ok: false, wait: true, why: down.join(', ') };
  },
  undo: {
    rule: 'on the new instance the services of the role stop again, services_disabled goes back to true',
    plan: context => {
      const here = scene(context);
      const { facts, target, new: launched } = here;
      const late = lateUnit(target.role);
      const units = [
        ...facts.timers,
        ...facts.units.filter(unit => unit !== late),
        ...(late === undefined ? [] : [late]),
      ];
      return [
        setUnits({ host: onInstance(launched.instance), units: stopped(units) }),
        editInventory({
          edits: [servicesDisabled(here, true)],
          message: commitMessage(here, 'back to the old instance'),
          checkout: checkoutOf(here),
        }),
      ];
    },
  },
});

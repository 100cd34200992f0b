import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { unitStatesOf } from './shared/host-reads.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';
import { goalsInWords, isActive, isEnabled, isMasked, type UnitGoal, verbsTo } from './shared/unit-goal.ts';

type Args = { readonly host: HostRef; readonly units: readonly UnitGoal[] };

/** Takes pairs of a systemctl verb and a unit, in order, and stops at the first that fails. */
const script = 'while [ $# -gt 1 ]; do systemctl "$1" -- "$2" || exit $?; shift 2; done';

/**
 * Stops, starts, enables, disables, masks or unmasks units of a host, strictly in the order named. What was active and
 * enabled is kept, so that the way back sets just that, in reverse. A unit that isn't installed counts as stopped.
 * Source: procedure, stop-services, enable-services and provision-ahead.
 */
export const setUnits: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-units',
  version: 1,
  repeat: 'converges',
  limit: 'command',

  say: ({ host, units }) => `on ${hostName(host)} ${goalsInWords(units)}`,

  async look({ shell }, { host, units }) {
    const names = units.map(goal => goal.unit);
    const states = await unitStatesOf(shell, host, names);
    let done = true;
    for (const [index, goal] of units.entries()) {
      const state = states[index];
      if (state === undefined) continue;
      const verbs = verbsTo(goal, state);
      if (state.load === 'not-found' && (verbs.includes('start') || verbs.includes('enable'))) {
        return other('no-such-unit', `${hostName(host)} has no unit ${goal.unit}`);
      }
      if (verbs.includes('mask') && state.path.startsWith('/etc/systemd/system/')) {
        return other('cannot-mask', `${goal.unit} of ${hostName(host)} can't be masked: its file is ${state.path}`);
      }
      if (goal.active === false && state.active === 'deactivating') {
        return { is: 'under-way', saw: `${goal.unit} is stopping` };
      }
      if (goal.active === true && verbs.length === 0 && state.active === 'activating') {
        return { is: 'under-way', saw: `${goal.unit} is starting` };
      }
      done &&= verbs.length === 0;
    }
    if (done) return { is: 'after', output: {} };
    const before = states.map(state => ({
      unit: state.unit,
      active: isActive(state),
      enabled: isEnabled(state),
      masked: isMasked(state),
      found: state.load !== 'not-found',
    }));
    return { is: 'before', before };
  },

  async make(ports, { host, units }, send) {
    const names = units.map(goal => goal.unit);
    const states = await unitStatesOf(ports.shell, host, names);
    const pairs = units.flatMap((goal, index) => {
      const state = states[index];
      return state === undefined ? [] : verbsTo(goal, state).flatMap(verb => [verb, goal.unit]);
    });
    if (pairs.length === 0) return;
    const what = goalsInWords(units);
    await runOrRefuse(ports, { host, argv: ['sh', '-c', script, 'systemctl', ...pairs], what, limitMs: 300_000 }, send);
  },

  inverse({ host, units }, made) {
    if (made === undefined) return { rule: 'each unit is set again to what it was, in reverse order' };
    const was = made.before as readonly Was[];
    const back = units.toReversed().flatMap((goal): UnitGoal[] => {
      const old = was.find(one => one.unit === goal.unit);
      if (old === undefined || !old.found) return [];
      const { unit } = goal;
      const active = goal.active === undefined || (goal.active === false && !old.active) ? {} : { active: old.active };
      const enabled =
        goal.enabled === undefined || old.masked || goal.enabled === old.enabled ? {} : { enabled: old.enabled };
      const masked = goal.masked === undefined || goal.masked === old.masked ? {} : { masked: old.masked };
      const kept = goal.active === old.active ? {} : active;
      if (Object.keys({ ...kept, ...enabled, ...masked }).length === 0) return [];
      return [{ unit, ...kept, ...enabled, ...masked }];
    });
    return back.length === 0
      ? { rule: 'they were so before: nothing to set back' }
      : { change: setUnits({ host, units: back }) };
  },

  byHand: ({ host, units }) =>
    onHost(
      host,
      units
        .flatMap(({ unit, active, enabled, masked }) => [
          ...(masked === false ? [`systemctl unmask ${unit}`] : []),
          ...(enabled === false ? [`systemctl disable ${active === false ? '--now ' : ''}${unit}`] : []),
          ...(active === false && enabled !== false ? [`systemctl stop ${unit}`] : []),
          ...(enabled === true ? [`systemctl enable ${active === true ? '--now ' : ''}${unit}`] : []),
          ...(active === true && enabled !== true ? [`systemctl start ${unit}`] : []),
          ...(masked === true ? [`systemctl mask ${unit}`] : []),
        ])
        .join(' && '),
    ),
});

type Was = {
  readonly unit: string;
  readonly active: boolean;
  readonly enabled: boolean;
  readonly masked: boolean;
  readonly found: boolean;
};

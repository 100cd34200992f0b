import type { UnitState } from '../parsers/systemctl-show.ts';

/** What a unit shall be; what isn't named stays as it is. */
export type UnitGoal = {
  readonly unit: string;
  readonly active?: boolean;
  readonly enabled?: boolean;
  readonly masked?: boolean;
  /** A unit that isn't installed is let be: another Fedora has other timers. */
  readonly ifThere?: boolean;
};

/** Goals for units to be stopped and disabled. */
export function stoppedAndDisabled(units: readonly string[]): UnitGoal[] {
  return units.map(unit => ({ unit, active: false, enabled: false }));
}

/** Goals for units to be stopped; what was enabled stays enabled. */
export function stopped(units: readonly string[]): UnitGoal[] {
  return units.map(unit => ({ unit, active: false }));
}

/** Goals for units to be stopped and masked, so that no playbook, timer or reboot starts them. */
export function stoppedAndMasked(units: readonly string[]): UnitGoal[] {
  return units.map(unit => ({ unit, active: false, masked: true }));
}

/** Goals for units to run, of those that are installed. */
export function startedIfThere(units: readonly string[]): UnitGoal[] {
  return units.map(unit => ({ unit, active: true, ifThere: true }));
}

/** Goals for units to be enabled and started. */
export function started(units: readonly string[]): UnitGoal[] {
  return units.map(unit => ({ unit, active: true, enabled: true }));
}

export function isActive({ active }: UnitState): boolean {
  return active === 'active' || active === 'reloading' || active === 'activating' || active === 'refreshing';
}

export function isEnabled({ file }: UnitState): boolean {
  return file === 'enabled' || file === 'enabled-runtime' || file === 'linked' || file === 'alias';
}

export function isMasked({ load, file }: UnitState): boolean {
  return load === 'masked' || file.startsWith('masked');
}

/** Whether a unit file can be enabled at all: a static or generated one is as it is. */
function canBeEnabled({ file }: UnitState): boolean {
  return file === 'disabled' || file === 'enabled-runtime';
}

/**
 * The systemctl verbs that bring a unit from its state to the goal, in their order; none when it is there. A unit that
 * isn't installed is stopped, disabled and unmasked.
 */
export function verbsTo(goal: UnitGoal, state: UnitState): string[] {
  const verbs: string[] = [];
  const absent = state.load === 'not-found';
  if (absent && goal.ifThere === true) return verbs;
  const masked = isMasked(state);
  if (goal.masked === false && masked) verbs.push('unmask');
  const free = !masked || goal.masked === false;
  if (goal.enabled === false && isEnabled(state)) verbs.push('disable');
  if (goal.active === false && (isActive(state) || state.active === 'deactivating')) verbs.push('stop');
  // Under a mask nobody sees whether it was enabled: asked for once more after it is gone, which is harmless.
  if (goal.enabled === true && (absent || (free && (canBeEnabled(state) || masked)))) verbs.push('enable');
  if (goal.active === true && !isActive(state)) verbs.push('start');
  if (goal.masked === true && !masked) verbs.push('mask');
  return verbs;
}

/** "stop and disable a.service, b.timer; mask c": goals in words, neighbours with the same goal together. */
export function goalsInWords(goals: readonly UnitGoal[]): string {
  const groups: { words: string; units: string[] }[] = [];
  for (const goal of goals) {
    const words = wordsOf(goal);
    const last = groups.at(-1);
    if (last?.words === words) last.units.push(goal.unit);
    else groups.push({ words, units: [goal.unit] });
  }
  return groups.map(({ words, units }) => `${words} ${units.join(', ')}`).join('; ');
}

function wordsOf({ active, enabled, masked, ifThere }: UnitGoal): string {
  const words: string[] = [];
  if (masked === false) words.push('unmask');
  if (active === false) words.push('stop');
  if (enabled === false) words.push('disable');
  if (enabled === true) words.push('enable');
  if (active === true) words.push('start');
  if (masked === true) words.push('mask');
  return `${words.join(' and ')}${ifThere === true ? ' (where installed)' : ''}`;
}

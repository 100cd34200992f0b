import type { StepContext } from '#engine/define-step.ts';
import { scene } from './scene.ts';

/** The instance of a target that serves, as far as the run knows: the new one from move-address on, unless that was taken back. */
export function servingInstance(context: StepContext, name: string): string {
  const moved = context.outputs(name, 'move-address') !== undefined && !context.undone(name, 'move-address');
  const here = scene(context, name);
  return moved && !context.run.turned.includes(name) ? here.new.instance : here.old.instance;
}

/** The instance that serves of the environment's target with a role, in the run or not; undefined: the estate has none. */
export function servingOf(context: StepContext, role: 'backend' | 'keygen'): string | undefined {
  const here = scene(context);
  const name = here.settings.byRole[role];
  if (name === undefined) return undefined;
  if (context.run.targets.includes(name) && context.facts(name) !== undefined) return servingInstance(context, name);
  return here.facts[role]?.instance;
}

import type { Readers } from '#engine/define-change.ts';
import type { StepContext } from '#engine/define-step.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { playsSince } from './play-log.ts';

/** Packages that a role's playbook is about. */
const own = /^(?:copr|dist-git|resalloc)/;

/**
 * What can be read of a playbook that people played for a new instance instead of a step: the recap in batcave01's log of plays, which
 * units of the role run, and which of its packages are there. What else it did can't be told from outside.
 */
export function playedByHand(step: string): (ports: Readers, context: StepContext) => Promise<string[]> {
  return async (ports, context) => {
    const { settings, target } = scene(context);
    const { since = context.run.proposedAt } = context.byHand(context.target, step) ?? {};
    return [...(await playsSince(ports.shell, settings, target, since)), ...(await seenOnHost(ports, context))];
  };
}

async function seenOnHost({ shell }: Readers, context: StepContext): Promise<string[]> {
  const { facts, target, new: launched } = scene(context);
  const host = onInstance(launched.instance);
  const late = lateUnit(target.role);
  const units = [...new Set([...facts.units, ...(late === undefined ? [] : [late])])];
  const not: string[] = [];
  for (const unit of units) {
    const { stdout } = await shell.read(host, ['systemctl', 'is-active', unit]);
    if (stdout.trim() !== 'active') not.push(`${unit} is ${stdout.trim() || 'unknown'}`);
  }
  const format = '%{NAME} %{VERSION}-%{RELEASE}\\n';
  const { stdout } = await shell.read(host, ['rpm', '-q', '-a', '--qf', format], { limitMs: 60_000 });
  const packages = stdout.split('\n').filter(line => own.test(line));
  return [
    `${units.length - not.length} of ${units.length} units run${not.length === 0 ? '' : `; ${not.join(', ')}`}`,
    packages.length === 0 ? 'no package of Copr is installed' : `installed: ${packages.sort().join(', ')}`,
  ];
}

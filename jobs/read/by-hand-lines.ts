import type { Readers } from '#engine/define-change.ts';
import type { StepContext } from '#engine/define-step.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** Packages that a role's playbook is about. */
const own = /^(?:copr|dist-git|resalloc)/;

/**
 * What can be read of a playbook that people played for a new instance: which units of the role run, and which of its
 * packages are there. What else it did can't be told from outside.
 */
export async function playedByHand({ shell }: Readers, context: StepContext): Promise<string[]> {
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

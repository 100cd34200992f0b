import { buildPackage } from '#changes/build-package.ts';
import type { Change } from '#core/change.ts';
import type { RunSettings, TargetSettings } from './settings.ts';

/** One small build, where the estate names for the backend what is built where, and with which login. */
export function testBuild(target: TargetSettings, { batcave }: Pick<RunSettings, 'batcave'>): Change[] {
  const { project, package: name, coprConfig } = namedBy(target);
  if (project === null || name === null || coprConfig === null) return [];
  return [buildPackage({ host: { host: batcave.host }, config: coprConfig, project, package: name })];
}

/** For the plan: that nothing is built, and why. */
export function noTestBuild(target: TargetSettings): string[] {
  const { project, package: name, coprConfig } = namedBy(target);
  const missing = [
    ...(project === null ? ['check.project'] : []),
    ...(name === null ? ['check.package'] : []),
    ...(coprConfig === null ? ['check.copr_config'] : []),
  ];
  if (missing.length === 0) return [];
  return [`no test build: the estate names no ${missing.join(', no ')} for ${target.name}`];
}

/** A run that was proposed before there were these settings has none of them. */
function namedBy({ check }: TargetSettings) {
  const { project = null, package: name = null, coprConfig = null } = check;
  return { project, package: name, coprConfig };
}

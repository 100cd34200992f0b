import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ansibleVersions, missingAnsible, playCase } from '../peers/ansible.ts';
import { playCases } from './cases.ts';

/**
 * Writes `recorded/` anew: each case as each version of ansible-core prints it, with the real ansible.posix. Takes names of
 * cases, or none for all. As root: without, mount(8) says something else.
 */
const only = process.argv.slice(2);
for (const version of ansibleVersions) {
  const why = await missingAnsible(version, 'with-posix');
  if (why !== undefined) throw new Error(why);
  const folder = join(import.meta.dirname, 'recorded', version);
  mkdirSync(folder, { recursive: true });
  for (const one of playCases.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const { output, code } = await playCase(version, one, 'with-posix');
    writeFileSync(join(folder, `${one.name}.txt`), `${output}exit ${code}\n`);
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { baseHasPassed } from '#jobs/verify/base-has-passed.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';
import { ansibleVersions } from '../peers/ansible.ts';

const settings = await exampleSettings('dev');
const target = 'copr-fe-dev';
const plays = (version: string, name: string) =>
  readFileSync(join(import.meta.dirname, '../plays/recorded', version, `${name}.txt`), 'utf8');

/** Whether birthday may go while (or after) provision printed this. */
async function passed(output: string, how: 'host' | 'temporary' = 'host'): Promise<boolean> {
  const context = { ...stepContext(settings, target), attempts: () => [{ kind: 'play-playbook', key: 'k' }] };
  const readers = scriptedReaders({ detached: { is: 'running', since: 0, tail: [] } as never, output });
  return (await baseHasPassed('provision', how)(readers, context)).ok;
}

it.each(ansibleVersions)(
  'birthday stays while the keys of the host aren’t signed, as ansible-core %s prints it',
  async version => {
    // Stopped before base, in it, and unreachable from the start.
    for (const name of ['swap', 'base', 'no-such-limit', 'syntax'])
      expect(await passed(plays(version, name)), name).toBe(false);
    const whole = plays(version, 'mount');
    const inBase = whole.slice(0, whole.indexOf('TASK [nagios_client'));
    expect(await passed(inBase)).toBe(false);
  },
);

it.each(ansibleVersions)(
  'birthday goes once the target’s own role is played, whatever becomes of it (%s)',
  async version => {
    for (const name of ['mount', 'mount-yaml', 'mount-unreachable', 'handler', 'well']) {
      expect(await passed(plays(version, name)), name).toBe(true);
    }
    const whole = plays(version, 'mount');
    expect(await passed(whole.slice(0, whole.indexOf('fatal:', whole.indexOf('Mount up disk'))))).toBe(true);
  },
);

it('of another host than the one that is provisioned nothing is concluded', async () => {
  const other = plays('2.16.14', 'well').replaceAll('copr-fe-dev.aws', 'copr-be-dev-temp.aws');
  expect(await passed(other)).toBe(false);
});

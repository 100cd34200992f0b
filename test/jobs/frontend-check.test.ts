import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Verdict } from '#engine/define-step.ts';
import { checkService } from '#jobs/outage/check-service.ts';
import { checkReadiness } from '#jobs/prepare/check-readiness.ts';
import type { RunSettings, TargetSettings } from '#jobs/settings.ts';
import { knowsLogin } from '#jobs/verify/knows-login.ts';
import { serviceAnswers } from '#jobs/verify/service-answers.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { apiLogins, netrcOf } from '#sim/hosts/api-login.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const name = 'copr-fe-dev';
const { instance } = seededTargets[name];
const machine = 'copr.stg.fedoraproject.org';
const netrc = `/home/ferry/${name}.netrc`;
const { dev: account } = apiLogins;

let world: ChangeWorld;
let settings: RunSettings;
beforeAll(async () => {
  world = await worldWithHosts();
  settings = await exampleSettings('dev');
});
afterAll(() => world.stop());
afterEach(async () => {
  await holds(netrcOf(machine, account));
  await world.sh(instance, 'systemctl start postgresql fm-consumer@copr_messaging');
});

const holds = (text: string) => world.sh('batcave01', `printf '%s' '${text}' > ${netrc}`);

/** The example's settings, with another check for the frontend. */
function settingsWith(check: Partial<TargetSettings['check']>): RunSettings {
  const target = settings.targets[name] as TargetSettings;
  return { ...settings, targets: { ...settings.targets, [name]: { ...target, check: { ...target.check, ...check } } } };
}

function answers(check: Partial<TargetSettings['check']> = {}): Promise<Verdict> {
  const used = settingsWith(check);
  const target = used.targets[name] as TargetSettings;
  const unknown = { certificate: null, counts: null, backend: undefined };
  return serviceAnswers(world.readers.shell, { settings: used, target, instance, ...unknown });
}

const authChecks = (since: number) =>
  world.kernel.calls.slice(since).filter(call => JSON.stringify(call).includes('auth-check'));

test("the frontend's API knows the login; neither login nor token is in what the world was sent", async () => {
  const since = world.kernel.calls.length;
  expect(await answers()).toEqual({ ok: true });
  expect(authChecks(since)).toHaveLength(1);
  const seen = JSON.stringify([world.kernel.calls.slice(since), world.kernel.effects]);
  expect(seen).toContain(netrc);
  expect(seen).not.toContain(account.login);
  expect(seen).not.toContain(account.token);
});

test('a token that has ended fails at once', async () => {
  await holds(netrcOf(machine, { ...account, token: 'of-last-year' }));
  const verdict = await answers();
  expect(verdict).toMatchObject({ ok: false, why: expect.stringMatching(/auth-check .*: status 401: .*has ended/) });
  expect(verdict).not.toHaveProperty('wait');
});

test('a file that holds the login of another machine is none', async () => {
  await holds(netrcOf('copr.fedorainfracloud.org', account));
  expect(await answers()).toMatchObject({ ok: false, why: expect.stringContaining('status 401') });
});

test('the database must know the login as the user whom the estate names', async () => {
  expect(await answers({ user: 'somebody' })).toMatchObject({
    ok: false,
    why: expect.stringContaining('it is "ferry" there, not somebody'),
  });
  expect(await answers({ user: null })).toEqual({ ok: true });
});

test('without its database the frontend knows nobody, and it is waited for', async () => {
  await world.sh(instance, 'systemctl stop postgresql');
  const target = settings.targets[name] as TargetSettings;
  expect(await knowsLogin(world.readers.shell, { settings, target })).toMatchObject({
    ok: false,
    wait: true,
    why: expect.stringMatching(/auth-check .*: status 500$/),
  });
});

test('the consumer of messages must run', async () => {
  await world.sh(instance, 'systemctl stop fm-consumer@copr_messaging');
  expect(await answers()).toEqual({ ok: false, wait: true, why: 'fm-consumer@copr_messaging.service is inactive' });
});

test('where the estate names no file no call is made, and the plan says so', async () => {
  const since = world.kernel.calls.length;
  expect(await answers({ netrc: null })).toEqual({ ok: true });
  expect(authChecks(since)).toEqual([]);
  const says = (used: RunSettings) => checkService.checks?.(stepContext(used, name));
  expect(says(settings)).toEqual([`GET https://${machine}/api_3/auth-check with the login of ${netrc} on batcave01`]);
  expect(says(settingsWith({ netrc: null }))).toEqual([
    `no authenticated call of the API: the estate names no check.netrc for ${name}`,
  ]);
});

test('before the run it is told that the token has ended', async () => {
  const read = async () => (await checkReadiness.read?.(world.readers, stepContext(settings, name)))?.remarks;
  expect(await read()).toEqual([]);
  await holds(netrcOf(machine, { ...account, token: 'of-last-year' }));
  expect(await read()).toEqual([expect.stringMatching(/^check-service would fail on the old instance too: .*401/)]);
});

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildPackage } from '#changes/build-package.ts';
import { checkService } from '#jobs/outage/check-service.ts';
import type { RunSettings, TargetSettings } from '#jobs/settings.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { apiLogins } from '#sim/hosts/api-login.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { sending } from '../builders/sending.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const name = 'copr-be-dev';
const host = { host: 'batcave01' };
const change = {
  host,
  config: '/home/ferry/copr-dev.conf',
  project: '@copr/ferry-test',
  package: 'hello',
};
const { look, make } = buildPackage.definition;
const instanceOf = (role: 'fe' | 'be' | 'dist-git' | 'keygen') => seededTargets[`copr-${role}-dev`].instance;

let world: ChangeWorld;
let settings: RunSettings;
let nth = 0;
beforeAll(async () => {
  world = await worldWithHosts();
  settings = await exampleSettings('dev');
});
afterAll(() => world.stop());

function settingsWith(check: Partial<TargetSettings['check']>): RunSettings {
  const target = settings.targets[name] as TargetSettings;
  return { ...settings, targets: { ...settings.targets, [name]: { ...target, check: { ...target.check, ...check } } } };
}

/** Starts a build; gives how it is asked about. */
async function starts() {
  nth += 1;
  const about = { run: 'r7k2m9q4x1', key: `build.${nth}` };
  await make(world.writers, change, sending({ ...about, sendBy: Date.now() + 20_000 }));
  return () => look(world.readers, change, about);
}

/** How a build ends. */
async function ends() {
  const looks = await starts();
  return vi.waitFor(
    async () => {
      const seen = await looks();
      if (seen.is === 'under-way') throw new Error(seen.saw);
      return seen;
    },
    { timeout: 15_000, interval: 20 },
  );
}

/** The same with a host in which something is stopped. */
async function without(role: Parameters<typeof instanceOf>[0], units: string) {
  await world.sh(instanceOf(role), `systemctl stop ${units}`);
  try {
    return await ends();
  } finally {
    await world.sh(instanceOf(role), `systemctl start ${units}`);
  }
}

test('one small build is planned for the backend, where the estate names what is built and with which login', () => {
  const plan = (used: RunSettings) => checkService.plan?.(stepContext(used, name));
  const says = (used: RunSettings) => checkService.checks?.(stepContext(used, name));
  expect(plan(settings)).toEqual([buildPackage(change)]);
  expect(says(settings)).toEqual([]);
  for (const [key, setting] of [
    ['project', 'check.project'],
    ['package', 'check.package'],
    ['coprConfig', 'check.copr_config'],
  ] as const) {
    expect(plan(settingsWith({ [key]: null }))).toEqual([]);
    expect(says(settingsWith({ [key]: null }))).toEqual([`no test build: the estate names no ${setting} for ${name}`]);
  }
});

test('a build passes when all four are up; neither login nor token is in what the world was sent', async () => {
  const since = world.kernel.calls.length;
  expect(await ends()).toEqual({ is: 'after', output: { build: 214_878 } });
  const seen = JSON.stringify([world.kernel.calls.slice(since), world.kernel.effects]);
  expect(seen).toContain(change.config);
  expect(seen).not.toContain(apiLogins.dev.login);
  expect(seen).not.toContain(apiLogins.dev.token);
});

test('a frontend that is away, a distgit without its service, a keygen that does not sign: it fails with its last lines', async () => {
  const away = await without('fe', 'httpd');
  expect(away).toMatchObject({ is: 'failed', code: 'command-failed' });
  expect('evidence' in away && away.evidence.join('\n')).toContain('Unable to connect to the frontend');
  const unimported = await without('dist-git', 'copr-dist-git');
  expect('evidence' in unimported && unimported.evidence.join('\n')).toMatch(/: failed\n[\s\S]*Import failed/);
  const unsigned = await without('keygen', 'signd');
  expect('evidence' in unsigned && unsigned.evidence.join('\n')).toMatch(/: running\n[\s\S]*: failed\n[\s\S]*Signing/);
});

test('a build on which nobody works is pending until the backend is up', async () => {
  const backend = instanceOf('be');
  await world.sh(backend, 'systemctl stop copr-backend.target');
  const looks = await starts();
  await vi.waitFor(
    async () =>
      expect(await looks()).toMatchObject({ is: 'under-way', saw: expect.stringMatching(/Build \d+: pending$/) }),
    9_000,
  );
  await world.sh(backend, 'systemctl start copr-backend.target');
  await vi.waitFor(async () => expect(await looks()).toMatchObject({ is: 'after' }), 9_000);
});

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JsonObject } from '#core/json.ts';
import type { Writers } from '#engine/define-change.ts';
import type { StepContext } from '#engine/define-step.ts';
import type { Engine } from '#engine/engine.ts';
import { withFreshSessions } from '#engine/fresh-sessions.ts';
import type { RunHandle } from '#engine/run-handle.ts';
import { moveAddress } from '#jobs/outage/move-address.ts';
import type { RunSettings } from '#jobs/settings.ts';
import type { ShellSessions } from '#ports/shell.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { sending } from '../builders/sending.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const name = 'copr-fe-dev';
const run = 'r7k2m9q4x1';
const old = seededTargets['copr-fe-dev'].instance;
// Any other host does for the new one.
const launched = seededTargets['copr-dist-git-dev'].instance;

let world: ChangeWorld;
let settings: RunSettings;
beforeAll(async () => {
  world = await worldWithHosts();
  settings = await exampleSettings('dev');
});
afterAll(() => world.stop());

const context = () =>
  stepContext(settings, name, {
    facts: { [name]: { old: { instance: old } } as JsonObject },
    outputs: { 'launch-instance': { instance: launched } },
  });

test.each([
  ['the old host', old],
  ['the new one', launched],
])('it is waited for a detached command of the run on %s, and for no other', async (_, instance) => {
  const ready = () => moveAddress.ready?.(world.readers, context());
  expect(await ready()).toEqual({ ok: true });
  world.kernel.setSpeed(1);
  const started = { sendBy: Date.now() + 20_000 };
  const argv = ['rsync', '-a', '/etc/', '/tmp/etc/'];
  await world.writers.shell.start({ instance }, argv, sending({ ...started, run: 'another', key: 'k1' }));
  expect(await ready()).toEqual({ ok: true });
  await world.writers.shell.start({ instance }, argv, sending({ ...started, run, key: `k-${instance}` }));
  expect(await ready()).toMatchObject({ ok: false, wait: true, why: expect.stringContaining(`${instance}: waiting`) });
  world.kernel.setSpeed('max');
  await vi.waitFor(async () => expect(await ready()).toEqual({ ok: true }), 9_000);
});

test('a session that was opened before the move is not used after it, on either host', async () => {
  const hosts = [old, launched];
  const shell = world.writers.shell as Writers['shell'] & ShellSessions;
  const target = seededTargets['copr-fe-dev'];
  const { networkInterface } = seededTargets['copr-dist-git-dev'];
  /** Answers once the host has a public address. */
  const answers = (instance: string) =>
    vi.waitFor(async () => expect((await shell.read({ instance }, ['true'])).code).toBe(0), 9_000);
  const sessionsOf = (from: number) =>
    new Set(
      world.kernel.calls.slice(from).flatMap(({ service, host, args }) => {
        const { session } = args as { session?: number };
        return service === 'ssh' && hosts.includes(host ?? '') ? [session] : [];
      }),
    );
  const before = world.kernel.calls.length;
  for (const host of hosts) await answers(host);
  const opened = sessionsOf(before);
  expect(opened.size).toBe(2);
  const engine = { procedure: { steps: { 'move-address': moveAddress } }, sessions: shell } as unknown as Engine;
  const handle = handleOf(context());
  await withFreshSessions(engine, handle, `${name}/move-address`, async () => {
    // Somebody looks in between; that one doesn't last either.
    await answers(launched);
    await world.writers.compute.associateAddress(
      { allocation: target.allocation, networkInterface },
      sending({ run, key: 'move', sendBy: Date.now() + 20_000 }),
    );
  });
  const during = sessionsOf(before);
  const after = world.kernel.calls.length;
  for (const host of hosts) await answers(host);
  const reopened = sessionsOf(after);
  expect(reopened.size).toBe(2);
  expect([...reopened].filter(session => during.has(session))).toEqual([]);
});

/** A run as far as a step's context is drawn from it. */
function handleOf({ run: about, settings: frozen, facts, outputs }: StepContext): RunHandle {
  const launch = `${name}/launch-instance`;
  return {
    run: {
      ...about,
      settings: frozen,
      targets: [{ name, role: 'frontend' }],
      turned: {},
      graph: { [`${name}/move-address`]: { target: name, step: 'move-address' } },
      facts: { [name]: { facts: facts(name) } },
      steps: { [launch]: { outputs: outputs(name, 'launch-instance') } },
    },
  } as unknown as RunHandle;
}

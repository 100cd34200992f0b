import { expect, it } from 'vitest';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext } from '#engine/define-step.ts';
import { snapshotsCompleted } from '#jobs/verify/snapshots-completed.ts';
import type { Snapshot } from '#ports/compute.ts';

/** What the check says of snapshots of one volume, by generation of their change and state, in the order of AWS's answer. */
function check(...made: readonly [generation: number, state: Snapshot['state']][]) {
  return checkOf(true, ...made);
}

function checkOf(has: boolean, ...made: readonly [generation: number, state: Snapshot['state']][]) {
  const snapshots = made.map(([generation, state]) => ({
    id: `snap-${generation}`,
    volume: 'vol-1',
    state,
    progress: '50%',
    startedAt: generation,
    tags: { FerryChange: `u1.fe.snapshot-data.0.g${generation}` },
  }));
  const compute = { snapshots: async () => snapshots } as unknown as Readers['compute'];
  const context = {
    target: 'fe',
    run: { uid: 'u1' },
    settings: { targets: { fe: { name: 'fe' } } },
    facts: () => ({ volumes: [{ id: 'vol-1' }] }),
    has: () => has,
  } as unknown as StepContext;
  return snapshotsCompleted('snapshot-data')({ compute } as Readers, context);
}

it('a volume whose newest snapshot is completed is safe, though an earlier try ended with an error', async () => {
  expect(await check([1, 'error'], [2, 'completed'])).toEqual({ ok: true });
  expect(await check([2, 'completed'], [1, 'error'])).toEqual({ ok: true });
});

it('where they are left out, as a second person agreed, there is nothing to wait for', async () => {
  expect(await checkOf(false)).toEqual({ ok: true });
});

it('a pending snapshot is waited for, an error is for a person, none at all is waited for', async () => {
  expect(await check([1, 'pending'])).toEqual({ ok: false, wait: true, why: 'snapshots: snap-1 50%' });
  expect(await check([1, 'completed'], [2, 'error'])).toEqual({
    ok: false,
    why: 'snap-2 of vol-1 ended with an error',
  });
  expect(await check()).toMatchObject({ ok: false, wait: true });
});

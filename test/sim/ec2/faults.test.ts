import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused, Unknown } from '#core/errors.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { FaultKind } from '#sim/state.ts';
import { launchSpec } from '../../builders/launch-spec.ts';
import { type PretendEc2, pretendEc2 } from '../../builders/pretend-ec2.ts';
import { refusal, sending } from '../../builders/sending.ts';

const { instance, volumes } = seededTargets['copr-keygen-dev'];
const data = { volume: volumes[0]?.id ?? '', instance, device: '/dev/sdf' };

describe('faults of the pretend EC2', () => {
  let ec2: PretendEc2;
  const held = { volumes: new Set<string>() };
  beforeEach(async () => {
    held.volumes.clear();
    ec2 = await pretendEc2({ hooks: { inUse: volume => held.volumes.has(volume) } });
  });
  afterEach(() => ec2.stop());

  const fault = (kind: FaultKind, action: string, times = 1, contains?: string) =>
    ec2.kernel.addFault({ service: 'ec2', action, ...(contains === undefined ? {} : { contains }) }, kind, times);
  const effects = (action: string) => ec2.kernel.effects.filter(one => one.action === action);
  const launch = (key: string) => ec2.compute.runInstance(launchSpec(ec2.kernel.state), sending({ key }));

  it('throttled: refused without effect, to be tried again, and then it works', async () => {
    fault('throttled', 'RunInstances');
    const no = await launch('key-1').catch(error => error);
    expect(no).toMatchObject({ name: 'Refused', code: 'RequestLimitExceeded', retry: true });
    expect(effects('RunInstances')).toEqual([]);
    await launch('key-1');
    expect(effects('RunInstances')).toMatchObject([{ args: { ClientToken: 'key-1' } }]);
  });

  it('throttled reads are repeated by the adapter', async () => {
    fault('throttled', 'DescribeInstances');
    expect((await ec2.compute.instance(instance))?.id).toBe(instance);
    expect(ec2.kernel.calls.filter(one => one.action === 'DescribeInstances')).toHaveLength(2);
  });

  it('capacity: refused without effect, to be tried again', async () => {
    fault('capacity', 'RunInstances');
    const no = await launch('key-1').catch(error => error);
    expect(no).toMatchObject({ name: 'Refused', code: 'InsufficientInstanceCapacity', retry: true });
    expect(effects('RunInstances')).toEqual([]);
  });

  it.each(['fail', 'drop', 'hang'] as const)('%s: unknown, without effect', async kind => {
    fault(kind, 'CreateSnapshot');
    const taken = { volume: data.volume, description: '', tags: {} };
    await expect(ec2.compute.createSnapshot(taken, sending())).rejects.toBeInstanceOf(Unknown);
    expect(effects('CreateSnapshot')).toEqual([]);
    expect(ec2.kernel.calls.filter(one => one.action === 'CreateSnapshot')).toHaveLength(1);
  });

  it('reply-lost: unknown, after the effect, and sent once', async () => {
    fault('reply-lost', 'CreateSnapshot');
    const taken = { volume: data.volume, description: '', tags: { Run: 'a' } };
    const lost = await ec2.compute.createSnapshot(taken, sending()).catch(error => error);
    expect(lost).toBeInstanceOf(Unknown);
    expect(lost.message).toContain('may have happened');
    expect(effects('CreateSnapshot')).toHaveLength(1);
    expect(ec2.kernel.calls.filter(one => one.action === 'CreateSnapshot')).toHaveLength(1);
    expect(await ec2.compute.snapshots({ tags: { Run: 'a' } })).toHaveLength(1);
  });

  it('reply-lost on a launch: the same key finds the instance', async () => {
    fault('reply-lost', 'RunInstances');
    await expect(launch('key-1')).rejects.toBeInstanceOf(Unknown);
    const { instance: made } = await launch('key-1');
    expect(effects('RunInstances')).toHaveLength(1);
    expect((await ec2.compute.instances({ clientToken: 'key-1' })).map(({ id }) => id)).toEqual([made]);
  });

  it('a fault meets only the calls that it matches', async () => {
    fault('throttled', 'StopInstances', 1, instance);
    const other = seededTargets['copr-fe-dev'].instance;
    await ec2.compute.stopInstance(other, sending());
    await expect(ec2.compute.stopInstance(instance, sending())).rejects.toThrow(refusal('RequestLimitExceeded'));
  });

  it('hold-before keeps the call without effect, hold-after with it', async () => {
    for (const kind of ['hold-before', 'hold-after'] as const) {
      const id = fault(kind, 'CreateTags');
      let answered = false;
      const set = ec2.compute.setTags(data.volume, { Case: kind }, sending()).then(() => {
        answered = true;
      });
      await vi.waitFor(() => expect(ec2.kernel.faults.find(one => one.id === id)?.left).toBe(0));
      expect(answered).toBe(false);
      const before = kind === 'hold-before';
      expect((await ec2.compute.tags(data.volume)).Case === kind).toBe(!before);
      ec2.kernel.removeFault(id);
      await set;
      expect((await ec2.compute.tags(data.volume)).Case).toBe(kind);
    }
  });

  it('busy: the volume stays busy until the fault is removed', async () => {
    const id = fault('busy', 'DetachVolume', 1_000_000);
    await ec2.compute.detachVolume(data, sending());
    const state = async () => (await ec2.compute.volume(data.volume))?.attachments[0]?.state;
    await vi.waitFor(async () => expect(await state()).toBe('busy'));
    const left = () => ec2.kernel.faults.find(one => one.id === id)?.left ?? 0;
    const then = left();
    await vi.waitFor(() => expect(left()).toBeLessThan(then), { timeout: 3_000 });
    expect(await state()).toBe('busy');
    ec2.kernel.removeFault(id);
    await vi.waitFor(async () => expect(await state()).toBeUndefined(), { timeout: 3_000 });
    expect(effects('DetachVolume')).toHaveLength(1);
  });

  it('busy: once is a while', async () => {
    fault('busy', 'DetachVolume');
    await ec2.compute.detachVolume(data, sending());
    await vi.waitFor(async () => expect((await ec2.compute.volume(data.volume))?.state).toBe('available'));
  });

  it('a volume that its host still uses is busy until it is let go', async () => {
    held.volumes.add(data.volume);
    await ec2.compute.detachVolume(data, sending());
    const attachment = async () => (await ec2.compute.volume(data.volume))?.attachments[0];
    expect(await attachment()).toMatchObject({ state: 'busy', instance });
    // Asked again it answers how far it is, and nothing more happens.
    await ec2.compute.detachVolume(data, sending());
    expect(effects('DetachVolume')).toHaveLength(1);
    held.volumes.clear();
    await vi.waitFor(async () => expect(await attachment()).toBeUndefined());
    expect(ec2.hooks.told).toContain(`volumesChanged ${instance}`);
  });

  it('stale: a describe shows the account as it was before its last change, as often as told', async () => {
    await ec2.compute.setTags(data.volume, { Case: 'first' }, sending());
    await ec2.compute.detachVolume(data, sending());
    await vi.waitFor(async () => expect((await ec2.compute.volume(data.volume))?.state).toBe('available'));
    fault('stale', 'DescribeVolumes', 2);
    for (const state of ['in-use', 'in-use', 'available'])
      expect(await ec2.compute.volume(data.volume)).toMatchObject({ state, tags: { Case: 'first' } });
  });

  it('stale: what was just made is not there yet', async () => {
    const { instance: made } = await launch('key-1');
    await vi.waitFor(async () => expect((await ec2.compute.instance(made))?.state).toBe('running'));
    const taken = await ec2.compute.createSnapshot({ volume: data.volume, description: '', tags: {} }, sending());
    await vi.waitFor(() => expect(ec2.kernel.state.snapshots[taken.snapshot]?.State).toBe('completed'));
    fault('stale', 'DescribeSnapshots');
    expect(await ec2.compute.snapshot(taken.snapshot)).toMatchObject({ state: 'pending' });
    expect(await ec2.compute.snapshot(taken.snapshot)).toMatchObject({ state: 'completed' });
  });

  it.each([
    ['not-found', 'InvalidVolume.NotFound'],
    ['incorrect-state', 'IncorrectState'],
    ['in-use', 'InvalidParameterValue'],
  ] as const)('%s: refused without effect, to be tried again once the world was looked at', async (kind, code) => {
    fault(kind, 'DetachVolume');
    const no = await ec2.compute.detachVolume(data, sending()).catch(error => error);
    expect(no).toMatchObject({ name: 'Refused', code, retry: true });
    expect(effects('DetachVolume')).toEqual([]);
  });

  it('not-found: a volume that is there is not described', async () => {
    fault('not-found', 'DescribeVolumes');
    expect(await ec2.compute.volume(data.volume)).toBeUndefined();
    expect(await ec2.compute.volume(data.volume)).toMatchObject({ id: data.volume });
  });

  it('terminated: what is launched is pending, and AWS ends it with its reason', async () => {
    const reason = 'Client.VolumeLimitExceeded: Volume limit exceeded';
    ec2.kernel.addFault({ service: 'ec2', action: 'RunInstances' }, 'terminated', 1, undefined, { reason });
    const { instance: made } = await launch('key-1');
    await vi.waitFor(async () => expect((await ec2.compute.instance(made))?.state).toBe('terminated'));
    expect((await ec2.compute.instance(made))?.stateReason).toEqual({
      code: 'Client.VolumeLimitExceeded',
      message: 'Volume limit exceeded',
    });
  });

  it('torn: the last host key of the console is cut in half', async () => {
    const { instance: made } = await launch('key-1');
    await vi.waitFor(async () => expect(await ec2.compute.console(made)).toContain('END SSH HOST KEY KEYS'));
    const whole = await ec2.compute.console(made);
    const [, key = ''] = /KEY KEYS-----\n(.+)\n-----END SSH HOST KEY KEYS/.exec(whole) ?? [];
    fault('torn', 'GetConsoleOutput');
    const torn = await ec2.compute.console(made);
    expect(torn).toContain('END SSH HOST KEY KEYS');
    expect(torn).not.toContain(key);
    expect(torn).toContain(key.slice(0, 20));
    expect(await ec2.compute.console(made)).toBe(whole);
  });

  it('slow: the call waits and goes on', async () => {
    ec2.kernel.addFault({ service: 'ec2', action: 'DescribeVolumes' }, 'slow', 1, undefined, { delayMs: 60 });
    const since = performance.now();
    expect(await ec2.compute.volume(data.volume)).toMatchObject({ id: data.volume });
    expect(performance.now() - since).toBeGreaterThanOrEqual(55);
  });

  it('a wrong access key is refused and its text stays out of the sentence', async () => {
    const { ec2Compute } = await import('#adapters/ec2/ec2-compute.ts');
    const wrong = { accessKeyId: 'AKIAWRONGWRONGWRONG0', secretAccessKey: 'hush' };
    const stranger = ec2Compute({ region: 'us-east-1', endpoint: ec2.endpoint, credentials: wrong });
    const no = await stranger.instance(instance).catch(error => error);
    expect(no).toBeInstanceOf(Refused);
    expect(no.code).toBe('AuthFailure');
    expect(`${no.message}`).not.toMatch(/AKIA|hush/);
    stranger.close();
  });
});

import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Unknown } from '#core/errors.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { launchSpec } from '../../builders/launch-spec.ts';
import { type PretendEc2, pretendEc2 } from '../../builders/pretend-ec2.ts';
import { sending } from '../../builders/sending.ts';

const { instance, volumes, allocation } = seededTargets['copr-keygen-dev'];
const data = { volume: volumes[0]?.id ?? '', instance, device: '/dev/sdf' };

describe('a restart of the pretend EC2', () => {
  let ec2: PretendEc2 | undefined;
  afterEach(async () => {
    await ec2?.pause();
    rmSync(ec2?.dir ?? '', { recursive: true });
  });

  it('goes on with what was under way, under the same port and ids', async () => {
    ec2 = await pretendEc2({ speed: 1 });
    const { dir, compute } = ec2;
    const { port } = ec2.service;
    const made = await compute.runInstance(launchSpec(ec2.kernel.state), sending({ key: 'key-1' }));
    const { volume } = await compute.createVolume({ zone: 'us-east-1c', sizeGiB: 8, tags: {} }, sending());
    const { snapshot } = await compute.createSnapshot({ volume: data.volume, description: '', tags: {} }, sending());
    await compute.detachVolume(data, sending());
    const other = seededTargets['copr-fe-dev'].instance;
    await compute.stopInstance(other, sending());
    expect(await compute.instance(made.instance)).toMatchObject({ state: 'pending', publicIp: undefined });
    expect(await compute.volume(volume)).toMatchObject({ state: 'creating' });
    expect(await compute.snapshot(snapshot)).toMatchObject({ state: 'pending', progress: '0%' });
    expect((await compute.volume(data.volume))?.attachments[0]?.state).toBe('detaching');
    expect(await compute.instance(other)).toMatchObject({ state: 'stopping' });
    expect(await compute.status(made.instance)).toEqual({ instance: 'not-applicable', system: 'not-applicable' });
    await ec2.pause();

    ec2 = await pretendEc2({ dir, speed: 'max' });
    const again = ec2.compute;
    expect(ec2.service.port).toBe(port);
    await vi.waitFor(async () => {
      expect(await again.instance(made.instance)).toMatchObject({ state: 'running' });
      expect(await again.status(made.instance)).toEqual({ instance: 'ok', system: 'ok' });
      expect(await again.console(made.instance)).toMatch(
        /-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 [^\n]+\n-----END SSH HOST KEY KEYS-----/,
      );
      expect(await again.volume(volume)).toMatchObject({ state: 'available' });
      expect(await again.snapshot(snapshot)).toMatchObject({ state: 'completed', progress: '100%' });
      expect(await again.volume(data.volume)).toMatchObject({ state: 'available', attachments: [] });
      expect(await again.instance(other)).toMatchObject({ state: 'stopped' });
    });
    // A token is known after the restart too.
    const repeated = await again.runInstance(launchSpec(ec2.kernel.state), sending({ key: 'key-1' }));
    expect(repeated).toEqual(made);
    expect(ec2.kernel.effects.filter(one => one.action === 'RunInstances')).toEqual([]);
  });

  it('a call that was held until the stop has no effect', async () => {
    ec2 = await pretendEc2();
    const { dir, kernel } = ec2;
    kernel.addFault({ service: 'ec2', action: 'CreateTags' }, 'hold-before', 1);
    const held = ec2.compute.setTags(instance, { Late: 'yes' }, sending()).catch(error => error);
    await vi.waitFor(() => expect(kernel.faults[0]?.left).toBe(0));
    await ec2.pause();
    expect(await held).toBeInstanceOf(Unknown);
    ec2 = await pretendEc2({ dir });
    expect(await ec2.compute.tags(instance)).not.toHaveProperty('Late');
    expect(kernel.effects).toEqual([]);
  });

  it('an automatic address that is owed comes after it', async () => {
    ec2 = await pretendEc2({ speed: 1 });
    const { dir } = ec2;
    const { association } = (await ec2.compute.address(allocation)) ?? {};
    await ec2.compute.disassociateAddress(association ?? '', sending());
    expect((await ec2.compute.instance(instance))?.publicIp).toBeUndefined();
    await ec2.pause();
    ec2 = await pretendEc2({ dir });
    const { compute } = ec2;
    await vi.waitFor(async () => expect((await compute.instance(instance))?.publicIp).toMatch(/^44\./));
  });
});

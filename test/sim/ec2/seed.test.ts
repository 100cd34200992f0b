import { describe, expect, it } from 'vitest';
import { seedEc2 } from '#sim/ec2/seed.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';

describe('the seeded account', () => {
  const world = seedEc2();

  it.each(Object.entries(seededTargets))('%s stands as the estate knows it', (_, target) => {
    const instance = world.instances[target.instance];
    expect(instance).toMatchObject({
      InstanceType: target.type,
      DisableApiTermination: true,
      PublicIpAddress: target.elasticIp,
      Ipv6Address: target.ipv6,
      PrivateIpAddress: target.privateIp,
    });
    expect(world.addresses[target.allocation]).toMatchObject({
      PublicIp: target.elasticIp,
      InstanceId: target.instance,
    });
    const shown = instance?.BlockDeviceMappings.map(({ DeviceName, Ebs }) => [DeviceName, Ebs.VolumeId]);
    expect(shown).toEqual([['/dev/sda1', target.rootVolume], ...target.volumes.map(({ id, device }) => [device, id])]);
    for (const { id, device } of target.volumes) {
      expect(world.volumes[id]?.Attachments).toMatchObject([
        { InstanceId: target.instance, Device: device, DeleteOnTermination: false },
      ]);
    }
  });

  it('ids and addresses are well-formed and stand once', () => {
    const ids = [world.instances, world.volumes, world.addresses, world.images].flatMap(Object.keys);
    for (const id of ids) expect(id).toMatch(/^(i|vol|eipalloc|ami)-[0-9a-f]{17}$/);
    const targets = Object.values(seededTargets);
    const all = targets.flatMap(one => [one.elasticIp, one.ipv6, one.privateIp, one.networkInterface]);
    expect(new Set([...ids, ...all]).size).toBe(ids.length + all.length);
    for (const { ipv6 } of targets) expect(new URL(`http://[${ipv6}]/`).hostname).toBe(`[${ipv6}]`);
  });

  it('every array has its members and every volume group its arrays', () => {
    expect(Object.values(world.arrays).map(({ level, members }) => [level, members.length])).toEqual([
      ['raid10', 4],
      ['raid1', 2],
      ['raid10', 4],
      ['raid1', 2],
    ]);
    for (const array of Object.values(world.arrays)) {
      expect(world.volumeGroups[array.volumeGroup]?.arrays).toContain(array.uuid);
      for (const member of array.members) expect(world.volumes[member]?.Content.member?.uuid).toBe(array.uuid);
    }
    const systems = [
      ...Object.values(world.volumeGroups).map(({ fileSystem }) => fileSystem),
      ...Object.values(world.volumes).flatMap(({ Content }) => Content.fileSystem ?? []),
    ];
    expect(new Set(systems.map(({ uuid }) => uuid)).size).toBe(8);
  });
});

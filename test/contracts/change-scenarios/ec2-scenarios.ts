import { vi } from 'vitest';
import { assignIpv6 } from '#changes/assign-ipv6.ts';
import { associateAddress } from '#changes/associate-address.ts';
import { attachRestoredVolume } from '#changes/attach-restored-volume.ts';
import { attachVolume } from '#changes/attach-volume.ts';
import { createSnapshot } from '#changes/create-snapshot.ts';
import { createVolume } from '#changes/create-volume.ts';
import { deleteSnapshot } from '#changes/delete-snapshot.ts';
import { deleteVolume } from '#changes/delete-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { disassociateAddress } from '#changes/disassociate-address.ts';
import { launchInstance } from '#changes/launch-instance.ts';
import { setAsideInstance } from '#changes/set-aside-instance.ts';
import { setDeleteOnTermination } from '#changes/set-delete-on-termination.ts';
import { setTags } from '#changes/set-tags.ts';
import { setTerminationProtection } from '#changes/set-termination-protection.ts';
import { startInstance } from '#changes/start-instance.ts';
import { stopInstance } from '#changes/stop-instance.ts';
import { terminateInstance } from '#changes/terminate-instance.ts';
import { unassignIpv6 } from '#changes/unassign-ipv6.ts';
import type { LaunchSpec } from '#ports/compute.ts';
import { seededAccount, seededTargets, seededTemporaryAddresses } from '#sim/ec2/seeded-targets.ts';
import { sending } from '../../builders/sending.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const backend = seededTargets['copr-be-dev'];
const keygen = seededTargets['copr-keygen-dev'];
const tags = { FedoraGroup: 'copr', CoprPurpose: 'infrastructure', CoprInstance: 'devel' };
const [volume] = backend.volumes;
if (volume === undefined) throw new Error('the dev backend has no volume');
const onBackend = { volume: volume.id, instance: backend.instance, device: volume.device };

function launchSpec(): { readonly [K in keyof LaunchSpec]: LaunchSpec[K] } {
  return {
    image: seededAccount.oldImage,
    type: 't3a.small',
    subnet: seededAccount.subnet,
    securityGroup: seededAccount.securityGroups.keygen.id,
    keyName: seededAccount.keyPair,
    rootDevice: '/dev/sda1',
    rootGiB: 20,
    ipv6Count: 0,
    tags: { ...tags, Name: 'copr-keygen-dev-new' },
    userData: '#cloud-config\n',
  };
}

/** A running instance that nothing hangs on. */
export async function launched(
  world: ChangeWorld,
): Promise<{ readonly id: string; readonly networkInterface: string }> {
  const { compute } = world.writers;
  const { instance: id } = await compute.runInstance(launchSpec(), sending());
  return vi.waitFor(async () => {
    const found = await compute.instance(id);
    if (found?.state !== 'running') throw new Error(`${id} is ${found?.state}`);
    return { id, networkInterface: found.networkInterface };
  });
}

async function freeVolume(world: ChangeWorld, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { compute } = world.writers;
  const { volume: id } = await compute.createVolume(
    { zone: seededAccount.zone, sizeGiB: 8, tags: { ...tags, CoprPurpose: 'temporary', ...more } },
    sending(),
  );
  await vi.waitFor(async () => {
    if ((await compute.volume(id))?.state !== 'available') throw new Error('not available');
  });
  return id;
}

async function detached(world: ChangeWorld): Promise<void> {
  const { compute } = world.writers;
  await compute.detachVolume(onBackend, sending());
  await vi.waitFor(async () => {
    if ((await compute.volume(onBackend.volume))?.state !== 'available') throw new Error('not available');
  });
}

const ec2 = (action: string) => ({
  request: { service: 'ec2' as const, action },
  effects: (effect: { service: string; action: string }) => effect.service === 'ec2' && effect.action === action,
});

const attachmentsOf = (world: ChangeWorld) =>
  world.kernel.state.volumes[onBackend.volume]?.Attachments.map(({ InstanceId, Device, State }) => ({
    InstanceId,
    Device,
    State,
  }));

export const ec2Scenarios: readonly ChangeScenario[] = [
  {
    kind: 'launch-instance',
    title: 'a new keygen',
    arrange: async () => launchInstance({ spec: launchSpec() }),
    ...ec2('RunInstances'),
    slow: true,
    undo: 'change',
    view: world =>
      Object.values(world.kernel.state.instances)
        .filter(one => one.Tags.every(tag => tag.Value !== 'turned-back') || one.State.Name !== 'stopped')
        .map(one => one.InstanceId),
  },
  {
    kind: 'terminate-instance',
    title: 'one that is protected',
    arrange: async world => terminateInstance({ instance: (await launched(world)).id, unprotect: true }),
    ...ec2('TerminateInstances'),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'set-termination-protection',
    title: 'off',
    arrange: async () => setTerminationProtection({ instance: keygen.instance, on: false }),
    ...ec2('ModifyInstanceAttribute'),
    undo: 'change',
    view: world => world.kernel.state.instances[keygen.instance]?.DisableApiTermination,
  },
  {
    kind: 'set-tags',
    title: 'a new name, and a tag that was not there',
    arrange: async () =>
      setTags({ resource: keygen.instance, tags: { Name: 'copr-keygen-dev-old', CoprFedoraNextWorkflow: 'old' } }),
    ...ec2('CreateTags'),
    undo: 'change',
    view: world => world.kernel.state.instances[keygen.instance]?.Tags,
  },
  {
    kind: 'set-delete-on-termination',
    title: 'of a data volume',
    arrange: async () => setDeleteOnTermination({ instance: backend.instance, device: onBackend.device, on: true }),
    ...ec2('ModifyInstanceAttribute'),
    undo: 'change',
    view: world =>
      world.kernel.state.instances[backend.instance]?.BlockDeviceMappings.map(one => one.Ebs.DeleteOnTermination),
  },
  {
    kind: 'create-volume',
    title: 'a temporary one',
    arrange: async () =>
      createVolume({
        zone: seededAccount.zone,
        sizeGiB: 8,
        snapshot: null,
        tags: { ...tags, CoprPurpose: 'temporary' },
      }),
    ...ec2('CreateVolume'),
    slow: true,
    undo: 'change',
    view: world =>
      Object.keys(world.kernel.state.volumes).filter(id => world.kernel.state.volumes[id]?.State !== 'deleted'),
  },
  {
    kind: 'delete-volume',
    title: 'a temporary one',
    arrange: async world => deleteVolume({ volume: await freeVolume(world) }),
    ...ec2('DeleteVolume'),
    undo: 'none',
  },
  {
    kind: 'delete-snapshot',
    title: 'one that a run turned back from',
    arrange: async world => {
      const { compute } = world.writers;
      const set = { ...tags, FerryChange: 'k', CoprFedoraNextWorkflow: 'turned-back' };
      const spec = { volume: onBackend.volume, description: 'clean', tags: set };
      const { snapshot } = await compute.createSnapshot(spec, sending());
      await vi.waitFor(async () => {
        if ((await compute.snapshot(snapshot))?.state !== 'completed') throw new Error('not completed');
      });
      return deleteSnapshot({ snapshot });
    },
    ...ec2('DeleteSnapshot'),
    undo: 'none',
  },
  {
    kind: 'create-snapshot',
    title: 'of an attached volume',
    arrange: async () =>
      createSnapshot({
        volume: onBackend.volume,
        description: 'hot',
        tags: { ...tags, Name: 'backup-data-backend-dev' },
      }),
    ...ec2('CreateSnapshot'),
    undo: 'change',
  },
  {
    kind: 'detach-volume',
    title: 'one that nothing holds',
    arrange: async () => detachVolume(onBackend),
    ...ec2('DetachVolume'),
    slow: true,
    undo: 'change',
    view: attachmentsOf,
  },
  {
    kind: 'create-volume',
    title: 'one that takes the place of another: its type and speed, and kept for good',
    arrange: async world => {
      const { snapshot } = await world.writers.compute.createSnapshot(
        { volume: onBackend.volume, description: 'clean', tags },
        sending(),
      );
      await vi.waitFor(async () => {
        if ((await world.readers.compute.snapshot(snapshot))?.state !== 'completed') throw new Error('not completed');
      });
      const { zone } = seededAccount;
      const speed = { type: 'gp3', iops: 4_000, throughput: 250 };
      const { sizeGiB } = volume;
      return createVolume({ zone, sizeGiB, snapshot, tags: { ...tags, OriginalVolume: onBackend.volume }, ...speed });
    },
    ...ec2('CreateVolume'),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'attach-restored-volume',
    title: 'the one that the run made in place of another',
    arrange: async world => {
      await detached(world);
      await freeVolume(world, { OriginalVolume: onBackend.volume, FerryChange: 'made.copr-be.restore-database.0.g1' });
      // Another run's, and one of another volume: neither is meant.
      await freeVolume(world, { OriginalVolume: onBackend.volume, FerryChange: 'made2.copr-be.restore-database.0.g1' });
      await freeVolume(world, { OriginalVolume: 'vol-0', FerryChange: 'made.copr-be.restore-database.1.g1' });
      const { instance, device } = onBackend;
      return attachRestoredVolume({ original: onBackend.volume, run: 'made', instance, device });
    },
    ...ec2('AttachVolume'),
    slow: true,
    undo: 'change',
    view: world => world.kernel.state.instances[backend.instance]?.BlockDeviceMappings.map(one => one.DeviceName),
  },
  {
    kind: 'attach-volume',
    title: 'one that is free',
    arrange: async world => {
      await detached(world);
      return attachVolume(onBackend);
    },
    ...ec2('AttachVolume'),
    slow: true,
    undo: 'change',
    view: attachmentsOf,
  },
  {
    kind: 'associate-address',
    title: 'from the old instance to the new',
    arrange: async world =>
      associateAddress({
        allocation: keygen.allocation,
        publicIp: keygen.elasticIp,
        networkInterface: (await launched(world)).networkInterface,
        from: keygen.networkInterface,
      }),
    ...ec2('AssociateAddress'),
    undo: 'change',
    view: world => world.kernel.state.addresses[keygen.allocation]?.NetworkInterfaceId,
  },
  {
    kind: 'associate-address',
    title: 'a free one',
    arrange: async world =>
      associateAddress({
        allocation: seededTemporaryAddresses.dev.allocation,
        publicIp: seededTemporaryAddresses.dev.elasticIp,
        networkInterface: (await launched(world)).networkInterface,
        from: null,
      }),
    ...ec2('AssociateAddress'),
    undo: 'change',
    view: world => world.kernel.state.addresses[seededTemporaryAddresses.dev.allocation]?.NetworkInterfaceId,
  },
  {
    kind: 'disassociate-address',
    title: 'the temporary one',
    arrange: async world => {
      const { networkInterface } = await launched(world);
      const { allocation, elasticIp } = seededTemporaryAddresses.dev;
      await world.writers.compute.associateAddress({ allocation, networkInterface }, sending());
      return disassociateAddress({ allocation, publicIp: elasticIp, networkInterface });
    },
    ...ec2('DisassociateAddress'),
    undo: 'change',
    view: world => world.kernel.state.addresses[seededTemporaryAddresses.dev.allocation]?.NetworkInterfaceId,
  },
  {
    kind: 'unassign-ipv6',
    title: 'from the old instance',
    arrange: async () =>
      unassignIpv6({ address: keygen.ipv6, instance: keygen.instance, networkInterface: keygen.networkInterface }),
    ...ec2('UnassignIpv6Addresses'),
    undo: 'change',
    view: world => world.kernel.state.instances[keygen.instance]?.NetworkInterfaces[0]?.Ipv6Addresses,
  },
  {
    kind: 'assign-ipv6',
    title: 'one that was just freed',
    arrange: async world => {
      const { networkInterface, id } = await launched(world);
      const { ipv6: address } = keygen;
      await world.writers.compute.unassignIpv6({ address, networkInterface: keygen.networkInterface }, sending());
      return assignIpv6({ address, instance: id, networkInterface });
    },
    ...ec2('AssignIpv6Addresses'),
    undo: 'change',
  },
  {
    kind: 'stop-instance',
    title: 'the old one',
    arrange: async () => stopInstance({ instance: keygen.instance }),
    ...ec2('StopInstances'),
    slow: true,
    undo: 'change',
    view: world => world.kernel.state.instances[keygen.instance]?.State.Name,
  },
  {
    kind: 'set-aside-instance',
    title: 'a new one that the run turned back from',
    arrange: async () => setAsideInstance({ instance: keygen.instance }),
    ...ec2('StopInstances'),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'start-instance',
    title: 'a stopped one',
    arrange: async world => {
      const { compute } = world.writers;
      await compute.stopInstance(keygen.instance, sending());
      await vi.waitFor(async () => {
        if ((await compute.instance(keygen.instance))?.state !== 'stopped') throw new Error('not stopped');
      });
      return startInstance({ instance: keygen.instance });
    },
    ...ec2('StartInstances'),
    slow: true,
    undo: 'change',
    view: world => world.kernel.state.instances[keygen.instance]?.State.Name,
  },
];

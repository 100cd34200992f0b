import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotSent, Refused } from '#core/errors.ts';
import { sending } from '../builders/sending.ts';
import { addressCases } from './compute/address-cases.ts';
import { type ComputePeer, ComputeScene, tags } from './compute/compute-scene.ts';
import { instanceCases } from './compute/instance-cases.ts';
import { volumeCases } from './compute/volume-cases.ts';

/** What the compute port promises, on any world that speaks EC2. */
export function computeContract(peer: ComputePeer): void {
  describe(`compute on ${peer.name}`, () => {
    let played: ComputeScene;
    const scene = () => played;
    beforeAll(async () => {
      played = new ComputeScene(await peer.setUp());
    });
    afterAll(() => scene().world.stop());

    instanceCases(peer, scene);
    volumeCases(peer, scene);
    addressCases(peer, scene);

    it('tags are set, changed and deleted', async () => {
      const id = await scene().volume();
      await scene().compute.setTags(id, { Name: 'a', Keep: 'x' }, sending());
      await scene().compute.setTags(id, { Name: 'b & <c> "ü"' }, sending());
      expect(await scene().compute.tags(id)).toMatchObject({ Name: 'b & <c> "ü"', Keep: 'x', FedoraGroup: 'copr' });
      await scene().compute.deleteTags(id, ['Name', 'Missing'], sending());
      const left = (await scene().compute.volume(id))?.tags;
      expect(left).toMatchObject({ Keep: 'x' });
      expect(left).not.toHaveProperty('Name');
    });

    it('what does not exist is undefined', async () => {
      expect(await scene().compute.instance('i-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.volume('vol-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.snapshot('snap-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.address('eipalloc-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.address('192.0.2.1')).toBeUndefined();
      expect(await scene().compute.status('i-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.subnet('subnet-0123456789abcdef0')).toBeUndefined();
      expect(await scene().compute.securityGroup('no-such-sg')).toBeUndefined();
      expect(await scene().compute.keyPair('No such key')).toBe(false);
      expect(await scene().compute.tags('i-0123456789abcdef0')).toEqual({});
      expect(await scene().compute.images(scene().world.owner, 'No-such-image-*')).toEqual([]);
    });

    it('images of an owner are listed by name, newest first', async () => {
      const images = await scene().compute.images(scene().world.owner, `${scene().world.imagePrefix}*`);
      expect(images.length).toBeGreaterThanOrEqual(2);
      expect(images.every(({ name }) => name.startsWith(scene().world.imagePrefix))).toBe(true);
      const times = images.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(images.map(({ id }) => id)).toContain(scene().world.image);
    });

    it('subnet, group and key pair are there', async () => {
      const subnet = await scene().compute.subnet(scene().world.subnet);
      expect(subnet).toMatchObject({ id: scene().world.subnet, zone: scene().world.zone });
      expect(subnet?.freeAddresses).toBeGreaterThan(0);
      expect(await scene().compute.securityGroup(scene().world.securityGroup.name)).toEqual(
        scene().world.securityGroup,
      );
      expect(await scene().compute.keyPair(scene().world.keyName)).toBe(true);
    });

    it.runIf(peer.can.listOfferings)('a type is offered in a zone or it is not', async () => {
      expect(await scene().compute.offered(scene().world.type, scene().world.zone)).toBe(true);
      expect(await scene().compute.offered('z9.huge', scene().world.zone)).toBe(false);
      expect(await scene().compute.offered(scene().world.type, 'us-east-1z')).toBe(false);
    });

    it('a dry run tells what may be done and does nothing', async () => {
      const [one, id] = [await scene().running(), await scene().volume()];
      const { networkInterface } = await scene().described(one);
      await scene().compute.setTerminationProtection(one, true, sending());
      const wanted = scene().spec();
      expect(await scene().compute.mayDo({ action: 'RunInstances', spec: wanted })).toBe(true);
      expect(await scene().compute.instances({ tags: wanted.tags })).toEqual([]);
      const device = '/dev/sdf';
      expect(await scene().compute.mayDo({ action: 'AttachVolume', volume: id, instance: one, device })).toBe(true);
      expect((await scene().compute.volume(id))?.attachments).toEqual([]);
      await scene().compute.attachVolume({ volume: id, instance: one, device }, sending());
      await scene().attached(id);
      expect(await scene().compute.mayDo({ action: 'DetachVolume', volume: id, instance: one, device })).toBe(true);
      expect((await scene().compute.volume(id))?.attachments).toMatchObject([{ state: 'attached' }]);
      expect(await scene().compute.mayDo({ action: 'CreateSnapshot', volume: id, tags: tags() })).toBe(true);
      expect(await scene().compute.snapshots({ volume: id })).toEqual([]);
      const { allocation } = scene().world;
      expect(await scene().compute.mayDo({ action: 'AssociateAddress', allocation, networkInterface })).toBe(true);
      expect((await scene().compute.address(allocation))?.instance).not.toBe(one);
      for (const action of ['StopInstances', 'StartInstances', 'TerminateInstances'] as const) {
        expect(await scene().compute.mayDo({ action, instance: one })).toBe(true);
      }
      expect((await scene().described(one)).state).toBe('running');
    });

    it('AWS’s no is Refused with its code, and names action and resource; "not there" may be a replica that is behind', async () => {
      const id = 'i-0123456789abcdef0';
      const no = await scene()
        .compute.stopInstance(id, sending())
        .catch(error => error);
      expect(no).toBeInstanceOf(Refused);
      expect(no).toMatchObject({ code: 'InvalidInstanceID.NotFound', retry: true });
      expect(no.message).toContain(`StopInstances of ${id}`);
    });

    it('a change whose time has passed, or whose signal is aborted, never leaves', async () => {
      const wanted = tags();
      const volumeSpec = { zone: scene().world.zone, sizeGiB: 8, tags: wanted };
      const late = scene().compute.createVolume(volumeSpec, sending({ sendBy: Date.now() - 1 }));
      await expect(late).rejects.toBeInstanceOf(NotSent);
      const aborted = scene().compute.createVolume(volumeSpec, sending({ signal: AbortSignal.abort() }));
      await expect(aborted).rejects.toBeInstanceOf(NotSent);
      expect(await scene().compute.volumes({ tags: wanted })).toEqual([]);
    });
  });
}

import { describe, expect, it, vi } from 'vitest';
import { Refused } from '#core/errors.ts';
import { refusal, sending } from '../../builders/sending.ts';
import { type ComputePeer, type ComputeScene, patience, tags } from './compute-scene.ts';

/** Volumes and snapshots. */
export function volumeCases(peer: ComputePeer, scene: () => ComputeScene): void {
  describe('volumes', () => {
    it('a new volume is encrypted, tagged and available, and gone when it was deleted', async () => {
      const wanted = tags();
      const made = await scene().compute.createVolume(
        { zone: scene().world.zone, sizeGiB: 8, tags: wanted },
        sending(),
      );
      await scene().available(made.volume);
      expect(await scene().compute.volume(made.volume)).toMatchObject({
        sizeGiB: 8,
        zone: scene().world.zone,
        encrypted: true,
        attachments: [],
        tags: wanted,
      });
      expect((await scene().compute.volumes({ tags: wanted })).map(({ id }) => id)).toEqual([made.volume]);
      await scene().compute.deleteVolume(made.volume, sending());
      await vi.waitFor(async () => expect(await scene().compute.volume(made.volume)).toBeUndefined(), patience);
    });

    it.runIf(peer.can.knowTokens)('the same key gives the same volume', async () => {
      const wanted = { zone: scene().world.zone, sizeGiB: 8, tags: tags() };
      const send = sending();
      const first = await scene().compute.createVolume(wanted, send);
      expect(await scene().compute.createVolume(wanted, sending({ key: send.key }))).toEqual(first);
    });

    it('goes from one instance to another under its device name', async () => {
      const [old, fresh, id] = [await scene().running(), await scene().running(), await scene().volume()];
      await scene().attach(id, old);
      expect((await scene().compute.volumes({ instance: old })).map(one => one.id)).toContain(id);
      expect((await scene().described(old)).devices).toContainEqual({
        name: '/dev/sdf',
        volume: id,
        deleteOnTermination: false,
      });
      await scene().compute.detachVolume({ volume: id, instance: old, device: '/dev/sdf' }, sending());
      await scene().available(id);
      expect((await scene().described(old)).devices.map(one => one.volume)).not.toContain(id);
      await scene().attach(id, fresh);
      expect((await scene().compute.volume(id))?.attachments).toMatchObject([{ instance: fresh, device: '/dev/sdf' }]);
    });

    it.runIf(peer.can.refuseVolumeInUse)('a volume in use is not attached elsewhere', async () => {
      const [old, fresh, id] = [await scene().running(), await scene().running(), await scene().volume()];
      await scene().compute.attachVolume({ volume: id, instance: old, device: '/dev/sdf' }, sending());
      const again = { volume: id, instance: fresh, device: '/dev/sdf' };
      await expect(scene().compute.attachVolume(again, sending())).rejects.toThrow(refusal('VolumeInUse'));
      await scene().attached(id);
      await expect(scene().compute.attachVolume(again, sending())).rejects.toThrow(refusal('VolumeInUse'));
      expect((await scene().compute.volume(id))?.attachments).toMatchObject([{ instance: old }]);
    });

    it.runIf(peer.can.refuseTakenDevice)('a device name that is taken is refused', async () => {
      const [one, a, b] = [await scene().running(), await scene().volume(), await scene().volume()];
      await scene().compute.attachVolume({ volume: a, instance: one, device: '/dev/sdf' }, sending());
      const second = scene().compute.attachVolume({ volume: b, instance: one, device: '/dev/sdf' }, sending());
      await expect(second).rejects.toThrow(refusal('InvalidParameterValue'));
    });

    it('is not detached from an instance that does not hold it', async () => {
      const [old, fresh, id] = [await scene().running(), await scene().running(), await scene().volume()];
      await scene().attach(id, fresh);
      const wrong = scene().compute.detachVolume({ volume: id, instance: old, device: '/dev/sdf' }, sending());
      await expect(wrong).rejects.toBeInstanceOf(Refused);
      expect((await scene().compute.volume(id))?.attachments).toMatchObject([{ instance: fresh, state: 'attached' }]);
    });

    it('DeleteOnTermination is set for one device', async () => {
      const [one, id] = [await scene().running(), await scene().volume()];
      await scene().attach(id, one);
      await scene().compute.setDeleteOnTermination(one, '/dev/sdf', true, sending());
      const { devices } = await scene().described(one);
      expect(devices).toContainEqual({ name: '/dev/sdf', volume: id, deleteOnTermination: true });
    });

    it('a snapshot is completed and is found by its volume and its tags', async () => {
      const [id, wanted] = [await scene().volume(), tags()];
      const { snapshot } = await scene().compute.createSnapshot(
        { volume: id, description: 'a', tags: wanted },
        sending(),
      );
      await vi.waitFor(async () => {
        const done = { volume: id, state: 'completed', progress: '100%', tags: wanted };
        expect(await scene().compute.snapshot(snapshot)).toMatchObject(done);
      }, patience);
      expect((await scene().compute.snapshots({ tags: wanted })).map(one => one.id)).toEqual([snapshot]);
      expect((await scene().compute.snapshots({ volume: id })).map(one => one.id)).toEqual([snapshot]);
      const from = await scene().compute.createVolume(
        { zone: scene().world.zone, sizeGiB: 8, tags: tags(), snapshot },
        sending(),
      );
      await scene().available(from.volume);
    });
  });
}

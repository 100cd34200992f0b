import { describe, expect, it, vi } from 'vitest';
import { refusal, sending } from '../../builders/sending.ts';
import { type ComputePeer, type ComputeScene, patience, tags } from './compute-scene.ts';

/** Launching, finding, stopping, terminating. */
export function instanceCases(peer: ComputePeer, scene: () => ComputeScene): void {
  describe('instances', () => {
    it('a launched instance is described as it was asked for', async () => {
      const wanted = tags({ Name: 'copr-keygen-dev-new' });
      const id = await scene().running({ tags: wanted });
      const instance = await scene().described(id);
      expect(instance).toMatchObject({
        id,
        type: scene().world.type,
        image: scene().world.image,
        zone: scene().world.zone,
        subnet: scene().world.subnet,
        keyName: scene().world.keyName,
        rootDevice: scene().world.rootDevice,
        tags: wanted,
      });
      if (peer.can.showGroups) expect(instance.securityGroups).toEqual([scene().world.securityGroup]);
      expect(instance.privateIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(instance.publicIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(instance.networkInterface).toMatch(/^eni-/);
      const root = instance.devices.find(({ name }) => name === scene().world.rootDevice);
      expect(root).toMatchObject({ deleteOnTermination: true });
      const disk = await scene().compute.volume(root?.volume ?? '');
      expect(disk).toMatchObject({ sizeGiB: 20, encrypted: true, tags: wanted });
      if (!peer.can.tagInterfaces) await scene().compute.setTags(instance.networkInterface, wanted, sending());
      expect(await scene().compute.tags(instance.networkInterface)).toMatchObject(wanted);
    });

    it('an instance is found by its tags and by its client token, and by no other', async () => {
      const wanted = tags();
      const send = sending();
      const { instance } = await scene().compute.runInstance(scene().spec({ tags: wanted }), send);
      const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);
      expect(ids(await scene().compute.instances({ tags: wanted }))).toEqual([instance]);
      expect((await scene().described(instance)).clientToken).toBe(send.key);
      expect(await scene().compute.instances({ tags: { ...wanted, Name: 'other' } })).toEqual([]);
      if (!peer.can.findByToken) return;
      expect(ids(await scene().compute.instances({ clientToken: send.key }))).toEqual([instance]);
      expect(await scene().compute.instances({ tags: wanted, clientToken: 'other' })).toEqual([]);
    });

    it.runIf(peer.can.knowTokens)('the same key gives the same instance', async () => {
      const wanted = scene().spec();
      const send = sending();
      const first = await scene().compute.runInstance(wanted, send);
      expect(await scene().compute.runInstance(wanted, sending({ key: send.key }))).toEqual(first);
      expect(await scene().compute.instances({ tags: wanted.tags })).toHaveLength(1);
      const other = scene().compute.runInstance({ ...wanted, rootGiB: 30 }, sending({ key: send.key }));
      await expect(other).rejects.toThrow(refusal('IdempotentParameterMismatch'));
    });

    it.runIf(peer.can.ipv6AtLaunch)('an instance gets as many IPv6 addresses as were asked for', async () => {
      expect((await scene().described(await scene().running({ ipv6Count: 1 }))).ipv6).toHaveLength(1);
      expect((await scene().described(await scene().running())).ipv6).toEqual([]);
    });

    it.runIf(peer.can.protectAtLaunch)('a launched instance is protected', async () => {
      expect(await scene().compute.terminationProtected(await scene().running())).toBe(true);
    });

    it('a protected instance is not terminated', async () => {
      const id = await scene().running();
      await scene().compute.setTerminationProtection(id, true, sending());
      expect(await scene().compute.terminationProtected(id)).toBe(true);
      await expect(scene().compute.terminateInstance(id, sending())).rejects.toThrow(refusal('OperationNotPermitted'));
      expect((await scene().described(id)).state).toBe('running');
    });

    it('an unprotected one is, and stays described; its root volume is gone', async () => {
      const id = await scene().running();
      const root = (await scene().described(id)).devices[0]?.volume ?? '';
      await scene().compute.setTerminationProtection(id, false, sending());
      expect(await scene().compute.terminationProtected(id)).toBe(false);
      await scene().compute.terminateInstance(id, sending());
      await scene().reaches(id, 'terminated');
      await vi.waitFor(async () => expect(await scene().compute.volume(root)).toBeUndefined(), patience);
    });

    it('stops and starts again, keeping its private address', async () => {
      const id = await scene().running();
      const { privateIp } = await scene().described(id);
      await scene().compute.stopInstance(id, sending());
      await scene().reaches(id, 'stopped');
      await scene().compute.startInstance(id, sending());
      await scene().reaches(id, 'running');
      expect((await scene().described(id)).privateIp).toBe(privateIp);
    });

    it('passes its status checks', async () => {
      const id = await scene().running();
      const ok = { instance: 'ok', system: 'ok' };
      await vi.waitFor(async () => expect(await scene().compute.status(id)).toEqual(ok), patience);
    });

    it('has a console', async () => {
      const id = await scene().running();
      await vi.waitFor(async () => expect((await scene().compute.console(id)).length).toBeGreaterThan(0), patience);
      expect(await scene().compute.console(id)).not.toContain('\r\n');
    });
  });
}

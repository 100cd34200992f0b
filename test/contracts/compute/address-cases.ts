import { describe, expect, it, vi } from 'vitest';
import { Refused } from '#core/errors.ts';
import { sending } from '../../builders/sending.ts';
import { type ComputePeer, type ComputeScene, patience } from './compute-scene.ts';

/** Elastic IPs, automatic and IPv6 addresses. */
export function addressCases(peer: ComputePeer, scene: () => ComputeScene): void {
  describe('addresses', () => {
    it('an Elastic IP moves in one call, wherever it was', async () => {
      const [old, fresh] = [
        await scene().described(await scene().running()),
        await scene().described(await scene().running()),
      ];
      const { allocation } = scene().world;
      for (const one of [old, fresh]) {
        await scene().compute.associateAddress({ allocation, networkInterface: one.networkInterface }, sending());
        const address = await scene().compute.address(allocation);
        expect(address).toMatchObject({ allocation, networkInterface: one.networkInterface });
        expect((await scene().described(one.id)).publicIp).toBe(address?.publicIp);
        expect((await scene().compute.address(address?.publicIp ?? ''))?.allocation).toBe(allocation);
        if (!peer.can.nameAddressedInstance) continue;
        expect(address?.instance).toBe(one.id);
        expect((await scene().compute.addresses({ instance: one.id })).map(a => a.allocation)).toEqual([allocation]);
      }
      expect(await scene().compute.addresses({ instance: old.id })).toEqual([]);
      const { association } = (await scene().compute.address(allocation)) ?? {};
      await scene().compute.disassociateAddress(association ?? '', sending());
      expect(await scene().compute.address(allocation)).toMatchObject({
        association: undefined,
        instance: undefined,
        networkInterface: undefined,
      });
    });

    it.runIf(peer.can.moveAutomaticAddresses)('who loses an Elastic IP gets an automatic address', async () => {
      const [old, fresh] = [
        await scene().described(await scene().running()),
        await scene().described(await scene().running()),
      ];
      const { allocation } = scene().world;
      await scene().compute.associateAddress({ allocation, networkInterface: old.networkInterface }, sending());
      await scene().compute.associateAddress({ allocation, networkInterface: fresh.networkInterface }, sending());
      const { publicIp } = (await scene().compute.address(allocation)) ?? {};
      await vi.waitFor(async () => {
        const now = (await scene().described(old.id)).publicIp;
        expect(now).toMatch(/^\d/);
        expect([publicIp, old.publicIp]).not.toContain(now);
      }, patience);
    });

    it('an IPv6 address goes from one interface to another', async () => {
      const [old, fresh] = [
        await scene().described(await scene().running()),
        await scene().described(await scene().running()),
      ];
      const address = scene().world.ipv6;
      await scene().compute.assignIpv6({ networkInterface: old.networkInterface, address }, sending());
      expect((await scene().described(old.id)).ipv6).toEqual([address]);
      if (peer.can.keepIpv6Apart) {
        const twice = scene().compute.assignIpv6({ networkInterface: fresh.networkInterface, address }, sending());
        await expect(twice).rejects.toBeInstanceOf(Refused);
      }
      await scene().compute.unassignIpv6({ networkInterface: old.networkInterface, address }, sending());
      expect((await scene().described(old.id)).ipv6).toEqual([]);
      await scene().compute.assignIpv6({ networkInterface: fresh.networkInterface, address }, sending());
      expect((await scene().described(fresh.id)).ipv6).toEqual([address]);
      await scene().compute.unassignIpv6({ networkInterface: fresh.networkInterface, address }, sending());
      if (!peer.can.refuseSmallThings) return;
      const again = scene().compute.unassignIpv6({ networkInterface: fresh.networkInterface, address }, sending());
      await expect(again).rejects.toBeInstanceOf(Refused);
    });
  });
}

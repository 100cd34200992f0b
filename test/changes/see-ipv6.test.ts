import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seeIpv6 } from '#changes/see-ipv6.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { sending } from '../builders/sending.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const { instance, ipv6 } = seededTargets['copr-keygen-dev'];
const host = { instance };

describe('see-ipv6', () => {
  let world: ChangeWorld;
  beforeEach(async () => {
    world = await worldWithHosts();
  });
  afterEach(() => world.stop());

  const connections = () => world.kernel.effects.filter(effect => effect.action === 'connection-up');

  it('a person decides where bringing the connection up once did not help', async () => {
    const args = { host, address: '2600:1f18:8ee:ae00:5:6:7:8' };
    const send = sending({ sendBy: Date.now() + 20_000 });
    await seeIpv6.definition.make(world.writers, args, send);
    const look = () => seeIpv6.definition.look(world.readers, args, send);
    await vi.waitFor(async () => expect((await look()).is).toBe('failed'), { timeout: 15_000 });
    expect(await look()).toMatchObject({
      code: 'address-not-seen',
      evidence: expect.arrayContaining(['not there after a minute: bringing up the connection of ens5']),
    });
    expect(connections()).toHaveLength(1);
  });

  it('a host that sees its address, and not one that only begins with it, is left alone', async () => {
    const looks = (address: string) => seeIpv6.definition.look(world.readers, { host, address }, sending());
    expect(await looks(ipv6)).toMatchObject({ is: 'after' });
    expect(await looks(ipv6.slice(0, -1))).toMatchObject({ is: 'before' });
    expect(connections()).toEqual([]);
  });
});

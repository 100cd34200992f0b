import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { editDns } from '#changes/edit-dns.ts';
import { dnsBranch, dnsRepository, dnsZone } from '#sim/git/dns-repo.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { OneChange } from '../builders/one-change.ts';
import { sending } from '../builders/sending.ts';
import { useRedis } from '../builders/use-redis.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const redis = useRedis();
const batcave = { host: 'batcave01' };
const name = 'copr-keygen-dev.aws.fedoraproject.org';
const from = '2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2';
const to = '2600:1f18:8ee:ae00:5:6:7:8';
const args = {
  host: batcave,
  repository: dnsRepository,
  branch: dnsBranch,
  place: { zone: dnsZone.name, file: dnsZone.file, name },
  edit: { op: 'set-address' as const, from, to },
  author: 'Ferry <ferry@example.org>',
  message: 'copr-keygen-dev: a new address\n\nFerry, run dev-12, asked by alice.',
};
const request = { service: 'ssh' as const, host: 'batcave01', action: 'edit-dns' };

describe('edit-dns', () => {
  let world: ChangeWorld;
  beforeEach(async () => {
    world = await worldWithHosts();
  });
  afterEach(() => world.stop());

  /** Somebody adds a record, past the bot. */
  const somebodyPushes = () => {
    const text = `${world.dnsRepo.file(dnsZone.file)}theirs IN A 192.0.2.1\n`;
    world.dnsRepo.commitAs('Kevin <kevin@example.org>', 'theirs', { [dnsZone.file]: text });
  };
  const met = (id: number) =>
    vi.waitFor(() => expect(world.kernel.faults.find(fault => fault.id === id)?.left).toBe(0), { timeout: 15_000 });

  it.each(['before it is cloned', 'between clone and push'])(
    'goes on from what somebody pushed %s, and keeps it',
    async when => {
      const one = await OneChange.propose(redis(), world, editDns(args));
      let first = true;
      const step = await one.live({
        async make(_process, send) {
          if (!first) return send();
          first = false;
          if (when === 'before it is cloned') {
            const hold = world.kernel.addFault(request, 'hold-before', 1);
            const sent = send();
            await met(hold);
            somebodyPushes();
            world.kernel.removeFault(hold);
            return sent;
          }
          world.kernel.setSpeed(0.2);
          await send();
          await vi.waitFor(() => world.sh('batcave01', 'test -d /tmp/ferry-*/dns/.git'), { timeout: 60_000 });
          somebodyPushes();
          world.kernel.setSpeed('max');
        },
      });
      expect(step.halt).toBeUndefined();
      expect(await one.story()).toEqual(['intended', 'failed', 'intended', 'made']);
      const zone = world.dnsRepo.file(dnsZone.file);
      expect(zone).toContain('theirs IN A 192.0.2.1');
      expect(zone).toContain(to);
      expect(world.dnsRepo.file(dnsZone.built)).toBe(zone);
      one.close();
    },
    120_000,
  );

  it('leaves nothing behind on batcave01, and says in both commits whose they are', async () => {
    const send = sending({ sendBy: Date.now() + 20_000, approvedBy: 'bob' });
    await editDns.definition.make(world.writers, args, send);
    const look = () => editDns.definition.look(world.readers, args, send);
    await vi.waitFor(async () => expect((await look()).is).toBe('after'), { timeout: 15_000 });
    await vi.waitFor(async () => expect(await world.sh('batcave01', 'ls -a /tmp')).not.toContain('ferry-'), {
      timeout: 15_000,
    });
    const [built, edited] = world.dnsRepo.log();
    for (const { author, message } of [built, edited].flatMap(one => one ?? [])) {
      expect(author).toBe('Ferry <ferry@example.org>');
      expect(message).toContain('Ferry, run dev-12, asked by alice. Approved by bob.');
      expect(message).toContain(`Ferry-Change: ${send.key}`);
    }
    expect(built?.message).toMatch(/^do-domains: copr-keygen-dev: a new address\n/);
  });

  it('pushes nothing where do-domains fails, and a person decides', async () => {
    world.dnsRepo.commitAs('Kevin <kevin@example.org>', 'broken', { 'master/example.org': 'no zone\n' });
    const head = world.dnsRepo.head();
    const send = sending({ sendBy: Date.now() + 20_000 });
    await editDns.definition.make(world.writers, args, send);
    const look = () => editDns.definition.look(world.readers, args, send);
    await vi.waitFor(async () => expect((await look()).is).toBe('failed'), { timeout: 15_000 });
    expect(await look()).toMatchObject({ evidence: expect.arrayContaining([expect.stringMatching(/no SOA record/)]) });
    expect(world.dnsRepo.head()).toBe(head);
  });

  it.each([
    ['neither is what was nor what is to be', from, '2001:db8::1', 'other-record'],
    ['is gone', `\t\t\tIN\tAAAA\t${from}\n`, '', 'no-such-record'],
  ])('a person decides where the record %s', async (_, part, other, code) => {
    const text = world.dnsRepo.file(dnsZone.file)?.replace(part, other) ?? '';
    world.dnsRepo.commitAs('Kevin <kevin@example.org>', 'theirs', { [dnsZone.file]: text });
    const look = await editDns.definition.look(world.readers, args, sending());
    expect(look).toMatchObject({ is: 'other', code });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordsOf } from '#core/zone/zone-file.ts';
import { seededTargets, seededTemporaryAddresses } from '#sim/ec2/seeded-targets.ts';
import { dnsZone } from '#sim/git/dns-repo.ts';
import { type DnsBatcave, dnsBatcave } from '../../builders/dns-batcave.ts';

const name = 'copr-keygen-dev.aws.fedoraproject.org';
const old = '2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2';
const fresh = '2600:1f18:8ee:ae00:5:6:7:8';
const me = '-c user.name=Me -c user.email=me@example.org';

describe('the dns repository on batcave01', () => {
  let world: DnsBatcave;
  beforeEach(async () => {
    world = await dnsBatcave();
  });
  afterEach(() => world.stop());

  /** A clone in /tmp/w in which the address was edited, with the next serial. */
  const edited = async () => {
    await world.sh('git clone --quiet --branch master -- /srv/git/dns /tmp/w');
    await world.sh(`cd /tmp/w && sed -i 's/${old}/${fresh}/; s/2026111401/2026111402/' ${dnsZone.file}`);
  };
  const commitAll = `cd /tmp/w && git ${me} commit --quiet -a -m 'a new address' && ./do-domains && git add -A && git ${me} commit --quiet -m 'built'`;
  const push = 'cd /tmp/w && git push --quiet origin HEAD:refs/heads/master';
  const served = () => world.dns.resolve(name, 'AAAA');

  it("has the targets' records, and the temporary names", () => {
    const records = recordsOf(world.repo.file(dnsZone.file) ?? '', dnsZone.name);
    const of = (host: string, type: string) =>
      records
        .filter(one => one.name === `${host}.aws.fedoraproject.org` && one.type === type)
        .map(one => one.data[0]?.text);
    for (const [host, seed] of Object.entries(seededTargets)) {
      expect(of(host, 'A')).toEqual([seed.elasticIp]);
      expect(of(host, 'AAAA')).toEqual([seed.ipv6]);
    }
    expect(of('copr-be-dev-temp', 'A')).toEqual([seededTemporaryAddresses.dev.elasticIp]);
    expect(of('copr-be-temp', 'A')).toEqual([seededTemporaryAddresses.prod.elasticIp]);
  });

  it('a name server answers with the old record until update-dns ran there', async () => {
    await edited();
    await world.sh(commitAll);
    expect(world.repo.file(dnsZone.file)).toContain(old);
    await world.sh(push);
    expect(world.repo.file(dnsZone.file)).toContain(fresh);
    expect(world.repo.file(dnsZone.built)).toContain(fresh);
    expect(await served()).toMatchObject([{ addresses: [old] }, { addresses: [old] }]);
    world.update('ns02');
    expect(await served()).toMatchObject([{ addresses: [old] }, { addresses: [fresh] }]);
    await world.sh('sudo rbac-playbook update_dns.yml');
    expect(await served()).toMatchObject([{ addresses: [fresh] }, { addresses: [fresh] }]);
  });

  it('what was edited and not built is not served, nor a zone whose serial was not raised', async () => {
    await world.sh('git clone --quiet -- /srv/git/dns /tmp/w');
    await world.sh(`cd /tmp/w && sed -i 's/${old}/${fresh}/' ${dnsZone.file} && git ${me} commit -a -m 'not built'`);
    await world.sh(push);
    await world.sh('sudo rbac-playbook update_dns.yml');
    expect(await served()).toMatchObject([{ addresses: [old] }, { addresses: [old] }]);
    await world.sh(`cd /tmp/w && ./do-domains && git add -A && git ${me} commit -m 'built' && ${push}`);
    await world.sh('sudo rbac-playbook update_dns.yml');
    expect(await served()).toMatchObject([{ addresses: [old] }, { addresses: [old] }]);
  });

  it('a push that lost a race is refused, and so is one of a patch that does not fit', async () => {
    await edited();
    await world.sh(commitAll);
    world.repo.commitAs('Kevin <kevin@example.org>', 'meanwhile', { README: 'mine\n' });
    await expect(world.sh(push)).rejects.toThrow(/failed to push some refs/);
    expect(world.repo.log()[0]?.message).toBe('meanwhile');
    await expect(
      world.sh(`cd /tmp/w && printf -- '--- a/README\\n+++ b/README\\n@@ -1,1 +1,1 @@\\n-other\\n+new\\n' | git apply`),
    ).rejects.toThrow(/patch does not apply/);
  });
});

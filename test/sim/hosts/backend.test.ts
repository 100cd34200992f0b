import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { Bot } from './bot.ts';
import { PretendEc2 } from './pretend-ec2.ts';
import { type PretendHosts, startPretendHosts } from './pretend-hosts.ts';

const target = seededTargets['copr-be-dev'];
const old = { instance: target.instance };
const batcave = { host: 'batcave01' };
const temporary = 'copr-be-dev-temp.aws.fedoraproject.org';
const results = '/var/lib/copr/public_html';
const rules = '/run/udev/rules.d/64-md-raid-assembly.rules';
const repomd = (address: string) =>
  `curl -s -f -m 10 --resolve download.example.org:80:${address} http://download.example.org/results/@copr/copr/repodata/repomd.xml`;

describe("a backend's storage moves to a new instance", () => {
  let pretend: PretendHosts;
  let ec2: PretendEc2;
  let bot: Bot;
  let instance = '';
  const fresh = () => ({ instance });

  beforeAll(async () => {
    pretend = await startPretendHosts('max');
    ec2 = new PretendEc2(pretend);
    bot = new Bot(pretend.shell());
    instance = await ec2.launch(target);
  });
  afterAll(async () => {
    await bot.shell.close();
    await pretend.stop();
  });

  it('is provisioned ahead by its temporary name, over a small volume with the label', async () => {
    ec2.addVolume('vol-0temporary0000001');
    await ec2.attach('vol-0temporary0000001', instance, '/dev/sdc');
    await bot.does(fresh(), 'mkfs.ext4 -L copr-repo /dev/nvme1n1');
    const address = pretend.kernel.state.instances[instance]!.PublicIpAddress!;
    pretend.kernel.state.dns[`A ${temporary}`] = [address];
    for (const [file, find] of [
      ['inventory/inventory', `# ${temporary} birthday=true`],
      ['inventory/cloud', `# ${temporary}`],
    ] as const)
      pretend.inventory.edit(file, text => text.replace(find, `${temporary} birthday=yes services_disabled=True`));
    await bot.does(batcave, 'git -C /srv/web/infra/ansible pull');
    const found = await bot.plays(batcave, `sudo -n rbac-playbook -l ${temporary} groups/copr-backend.yml`);
    expect(found).toMatchObject({ is: 'ended', code: 0 });
    expect(await bot.reads(fresh(), 'systemctl is-active lighttpd copr-backend.target resalloc crond')).toBe(
      'active\ninactive\ninactive\nactive',
    );
    await bot.does(fresh(), 'systemctl mask --now crond dnf-makecache.timer');
    expect(await bot.reads(fresh(), 'systemctl is-enabled crond')).toBe('masked');
    expect(await bot.run(fresh(), 'systemctl start crond')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is masked'),
    });
  });

  it('has no builders left once its pools are empty and they are deleted', async () => {
    const file = '/etc/resallocserver/pools.yaml';
    const pools = await bot.shell.file(old, file);
    await bot.shell.write(old, file, pools!.replaceAll(/max: \d+/g, 'max: 0'), bot.send());
    const list = await bot.reads(old, 'resalloc-maint resource-list', { as: 'resalloc' });
    const ids = list.split('\n').map(line => line.split(' ')[0]);
    expect(ids).toHaveLength(7);
    await bot.does(old, `resalloc-maint resource-delete ${ids.join(' ')}`, { as: 'resalloc' });
    expect(await bot.reads(old, 'resalloc-maint resource-list', { as: 'resalloc' })).toBe('');
  });

  it('its workers outlive the services: some are killed, the action ends by itself', async () => {
    await bot.does(old, 'systemctl disable --now copr-backend.target resalloc crond dnf-makecache.timer');
    expect(await bot.reads(old, 'systemctl is-active copr-backend-build lighttpd')).toBe('inactive\nactive');
    expect(await bot.reads(old, 'pgrep -f copr-backend-process-build')).toMatch(/^\d+\n\d+$/);
    await bot.does(old, 'pkill -f copr-backend-process-build');
    await expect.poll(() => bot.reads(old, 'pgrep -f copr-backend-process-action')).toBe('');
    await expect.poll(() => bot.reads(old, 'pgrep -f prunerepo')).toBe('');
  });

  it('leaves: unmounted, inactive, stopped, in this order only', async () => {
    expect((await bot.run(old, `umount ${results}`)).code).toBe(32);
    await bot.does(old, 'systemctl stop lighttpd');
    expect((await bot.run(old, 'vgchange -an copr-backend-data')).code).toBe(5);
    await bot.does(old, `umount ${results}`);
    const uuids = [...(await bot.reads(old, 'mdadm --detail --scan')).matchAll(/UUID=(\S+)/g)].map(match => match[1]);
    expect(uuids).toHaveLength(2);
    expect((await bot.run(old, 'mdadm --stop /dev/md/copr-backend-data')).code).toBe(1);
    await expect(ec2.detach(target.volumes[0]!.id, old.instance)).rejects.toThrow('busy');
    await bot.does(old, 'vgchange -an copr-backend-data');
    await bot.does(old, 'mdadm --stop /dev/md/copr-backend-data /dev/md/copr-backend-data-raid1');
    await bot.does(old, 'sync');
    expect(await bot.reads(old, 'cat /proc/mdstat')).toBe('Personalities : \nunused devices: <none>');
  });

  it('arrives: assembled when all members are there, by hand while the rules are masked', async () => {
    await bot.does(fresh(), 'systemctl stop lighttpd');
    await bot.does(fresh(), `umount ${results}`);
    await ec2.detach('vol-0temporary0000001', instance);
    await bot.does(fresh(), `ln -s /dev/null ${rules}`);
    for (const [nth, volume] of target.volumes.entries()) {
      await ec2.detach(volume.id, old.instance);
      await ec2.attach(volume.id, instance, volume.device);
      if (nth === 2) expect((await bot.run(fresh(), 'mdadm --assemble --scan --no-degraded')).code).toBe(1);
    }
    expect(await bot.reads(fresh(), 'mdadm --detail --scan')).toBe('');
    for (const { id } of target.volumes)
      expect(
        (
          await bot.shell.read(fresh(), [
            'test',
            '-e',
            `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}-part1`,
          ])
        ).code,
      ).toBe(0);
    await bot.does(fresh(), 'mdadm --assemble --scan --no-degraded');
    expect(await bot.reads(fresh(), 'mdadm --detail /dev/md/copr-backend-data')).toMatch(/State : clean $/m);
    await bot.does(fresh(), 'vgchange -ay copr-backend-data');
    await bot.does(fresh(), `rm ${rules}`);
    await bot.does(fresh(), `mount LABEL=copr-repo ${results}`);
    expect(await bot.reads(fresh(), `stat -c %U:%G,%C ${results}`)).toBe('copr:copr,system_u:object_r:copr_data_t:s0');
  });

  it('serves a repository again as soon as lighttpd is up, by the address that was moved', async () => {
    expect((await bot.shell.read(batcave, repomd(target.elasticIp).split(' '))).code).toBe(7);
    await bot.does(fresh(), 'systemctl start lighttpd');
    ec2.move(target.elasticIp, instance);
    expect(await bot.reads(batcave, repomd(target.elasticIp))).toContain('<repomd>');
    expect(await bot.reads(batcave, 'ssh-keyscan -T 5 copr-be-dev.aws.fedoraproject.org')).toContain(
      pretend.hosts.byId(instance)!.state.publicKey,
    );
  });

  it('sees an IPv6 address some time after it was assigned, or when its connection is brought up', async () => {
    ec2.moveIpv6(target.ipv6, old.instance, instance);
    await bot.does(fresh(), 'nmcli connection up cloud-init');
    expect(await bot.reads(fresh(), 'ip -6 addr')).toContain(target.ipv6);
    expect(
      (
        await bot.shell.read(
          batcave,
          `curl -s -6 -o /dev/null -w %{http_code} http://copr-be-dev.aws.fedoraproject.org/results/`.split(' '),
        )
      ).stdout,
    ).toBe('200');
  });

  it('udev assembles the arrays by itself where the rules are not masked', async () => {
    await bot.does(fresh(), 'systemctl stop lighttpd');
    await bot.does(fresh(), `umount ${results}`);
    await bot.does(fresh(), 'vgchange -an');
    await bot.does(fresh(), 'mdadm --stop --scan');
    for (const volume of target.volumes) await ec2.detach(volume.id, instance);
    for (const volume of target.volumes) await ec2.attach(volume.id, instance, volume.device);
    expect((await bot.reads(fresh(), 'mdadm --detail --scan')).split('\n')).toHaveLength(2);
    expect(await bot.reads(fresh(), 'lvs --noheadings -o lv_active')).toBe('active');
  });
});

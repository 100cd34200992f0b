import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refused } from '#core/errors.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { Bot } from './bot.ts';
import { PretendEc2 } from './pretend-ec2.ts';
import { type PretendHosts, startPretendHosts } from './pretend-hosts.ts';

const target = seededTargets['copr-keygen-dev'];
const backend = { instance: seededTargets['copr-be-dev'].instance };
const old = { instance: target.instance };
const batcave = { host: 'batcave01' };
const name = 'copr-keygen-dev.aws.fedoraproject.org';
const play = `sudo -n rbac-playbook -l ${name} groups/copr-keygen.yml`;
const sign = 'sign -u frostyx#hello@copr.fedorahosted.org -p';

describe('a key server moves to a new instance', () => {
  let pretend: PretendHosts;
  let ec2: PretendEc2;
  let bot: Bot;
  let instance = '';
  const fresh = () => ({ instance });

  beforeAll(async () => {
    pretend = await startPretendHosts('max');
    ec2 = new PretendEc2(pretend);
    bot = new Bot(pretend.shell());
  });
  afterAll(async () => {
    await bot.shell.close();
    await pretend.stop();
  });

  it('is asked by the backend before', async () => {
    expect(await bot.reads(backend, sign)).toContain('BEGIN PGP PUBLIC KEY');
  });

  it('a new host knows the user fedora only, unless its user data lets root in', async () => {
    const shut = await ec2.launch(target, ec2.letIn('fedora'));
    const error = await bot.shell.read({ instance: shut }, ['true']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(String(error)).toContain('Please login as the user "fedora" rather than the user "root".');
    expect(await bot.reads({ instance: shut, user: 'fedora' }, 'id -un')).toBe('root');
    await ec2.setState(shut, 'terminated');
    const closed = await ec2.launch(target, '#cloud-config\n');
    await expect(bot.shell.read({ instance: closed, user: 'fedora' }, ['true'])).rejects.toMatchObject({
      code: 'login-refused',
    });
    await ec2.setState(closed, 'terminated');
    instance = await ec2.launch(target);
    expect(await bot.reads(fresh(), 'cat /etc/fedora-release')).toBe('Fedora release 43');
    expect(await bot.reads(fresh(), 'systemctl list-units --type=service --no-legend --plain')).not.toContain('signd');
  });

  it("can't be played before its keys may be signed", async () => {
    await bot.does(old, 'systemctl stop httpd signd crond');
    await bot.does(old, 'systemctl disable httpd signd crond');
    ec2.move(target.elasticIp, instance);
    const found = await bot.plays(batcave, play);
    expect(found).toMatchObject({ is: 'ended', code: 2 });
    expect(found.tail.join('\n')).toMatch(/fatal: \[copr-keygen-dev.*host key not signed/);
  });

  it('stops at mounting, with its services off, on the first play', async () => {
    pretend.inventory.edit('inventory/inventory', text => text.replace(`]\n${name}\n`, `]\n${name} birthday=yes\n`));
    pretend.inventory.edit('inventory/group_vars/copr_keygen_dev_aws', text =>
      text.replace('services_disabled: false', 'services_disabled: true'),
    );
    await bot.does(batcave, 'git -C /srv/web/infra/ansible pull --ff-only');
    expect(await bot.reads(batcave, `ansible-inventory --host ${name}`)).toContain('"birthday": "yes"');
    const found = await bot.plays(batcave, play);
    expect(found).toMatchObject({ is: 'ended', code: 2 });
    expect(found.tail.join('\n')).toContain("can't find LABEL=copr-keygen");
    expect(found.tail.join('\n')).toContain('TASK [base : the host is set up]');
    expect(await bot.reads(fresh(), 'systemctl is-active signd httpd')).toBe('inactive\ninactive');
  });

  it('a volume that is mounted is busy, and a mount that is held stays', async () => {
    const [volume] = target.volumes;
    await expect(ec2.detach(volume!.id, old.instance)).rejects.toThrow('busy');
    await bot.does(old, 'systemctl start signd');
    expect(await bot.run(old, 'umount /var/lib/copr-keygen')).toMatchObject({
      code: 32,
      stderr: 'umount: /var/lib/copr-keygen: target is busy.\n',
    });
    expect(await bot.reads(old, 'fuser -vm /var/lib/copr-keygen')).toMatch(/^\d+$/);
    await bot.does(old, 'systemctl stop signd');
    await bot.does(old, 'umount /var/lib/copr-keygen');
    expect((await bot.shell.read(old, ['findmnt', '-n', '/var/lib/copr-keygen'])).code).toBe(1);
  });

  it('finds its data on the new host by label and by the serial of the disk', async () => {
    const [volume] = target.volumes;
    await ec2.detach(volume!.id, old.instance);
    await ec2.attach(volume!.id, instance, volume!.device);
    const tree = JSON.parse(await bot.reads(fresh(), 'lsblk -J -o NAME,SERIAL,LABEL,UUID')) as {
      blockdevices: { serial: string; label: string }[];
    };
    expect(tree.blockdevices.find(one => one.serial === volume!.id.replace('-', ''))).toMatchObject({
      label: 'copr-keygen',
    });
    expect(await bot.reads(fresh(), 'blkid -t LABEL=copr-keygen -o device')).toBe('/dev/nvme1n1');
    await bot.does(fresh(), 'mount /var/lib/copr-keygen');
    expect(await bot.reads(fresh(), 'stat -c %U:%G /var/lib/copr-keygen')).toBe('copr-signer:copr-signer');
  });

  it('serves the backend again once its services are enabled', async () => {
    expect((await bot.shell.read(backend, sign.split(' '))).code).toBe(1);
    pretend.inventory.edit('inventory/group_vars/copr_keygen_dev_aws', text =>
      text.replace('services_disabled: true', 'services_disabled: false'),
    );
    pretend.inventory.edit('inventory/inventory', text => text.replace(' birthday=yes', ''));
    await bot.does(batcave, 'git -C /srv/web/infra/ansible pull --ff-only');
    expect(await bot.plays(batcave, play)).toMatchObject({ is: 'ended', code: 0 });
    expect(await bot.reads(fresh(), 'systemctl is-active signd httpd')).toBe('active\nactive');
    expect(await bot.reads(backend, sign)).toContain('BEGIN PGP PUBLIC KEY');
    await bot.shell.write(backend, '/tmp/probe', 'text\n', bot.send());
    await bot.does(backend, 'sign -u frostyx#hello@copr.fedorahosted.org -d /tmp/probe');
    expect(await bot.shell.file(backend, '/tmp/probe.asc')).toContain('SIGNATURE');
  });

  it('lists its packet filter as nft prints it', async () => {
    expect(await bot.reads(fresh(), 'nft list ruleset')).toMatch(
      /^table ip filter \{\n\tchain INPUT \{\n\t\ttype filter hook input priority filter; policy accept;\n[\s\S]*\n\t\tip saddr 172\.30\.2\.145 tcp dport 5167 counter packets 0 bytes 0 accept\n[\s\S]*\n\t\tcounter packets 0 bytes 0 reject with icmp type host-prohibited\n\t\}\n\}/,
    );
  });

  it("an address that isn't on the key server's list is not answered", async () => {
    pretend.inventory.edit('inventory/group_vars/copr_keygen_dev_aws', text =>
      text.replaceAll('saddr 18.208.10.131 ', 'saddr 18.208.10.130 '),
    );
    await bot.does(batcave, 'git -C /srv/web/infra/ansible pull --ff-only');
    const shown = await bot.plays(batcave, `${play} -t iptables,config --check --diff`);
    expect(shown.tail.join('\n')).toContain('+add rule ip filter INPUT ip saddr 18.208.10.130');
    expect(await bot.reads(backend, sign)).toContain('BEGIN PGP PUBLIC KEY');
    expect(await bot.plays(batcave, `${play} -t iptables,config`)).toMatchObject({ code: 0 });
    expect(await bot.shell.read(backend, sign.split(' '))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('timed out'),
    });
  });

  it('the old host, started without its volume, never comes back unless fstab says so', async () => {
    const state = pretend.kernel.state.instances[old.instance]!;
    state.PublicIpAddress = '198.51.100.77';
    await ec2.setState(old.instance, 'stopped');
    await ec2.setState(old.instance, 'running');
    await expect
      .poll(() => pretend.kernel.effects.some(one => one.action === 'emergency-mode' && one.host === old.instance))
      .toBe(true);
    await bot.shell.close(old);
    await expect(bot.shell.read(old, ['true'])).rejects.toMatchObject({ code: 'no-connection' });
  });

  it('every change was recorded once, with its host', () => {
    const changes = pretend.kernel.effects.filter(one => one.host === instance).map(one => one.action);
    expect(changes.filter(one => one === 'base-passed')).toHaveLength(1);
    expect(changes.filter(one => one === 'mounted')).toHaveLength(1);
    const calls = pretend.kernel.calls.filter(one => one.action === 'umount');
    expect(calls[0]).toMatchObject({
      service: 'ssh',
      host: old.instance,
      args: { mode: 'run', command: 'umount /var/lib/copr-keygen' },
    });
    expect(pretend.kernel.calls.filter(one => one.action === 'rbac-playbook').length).toBeGreaterThan(3);
  });
});

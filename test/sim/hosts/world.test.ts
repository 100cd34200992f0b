import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeSSH } from 'node-ssh';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Unknown } from '#core/errors.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { makeKey } from '#test/peers/sshd.ts';
import { Bot } from './bot.ts';
import { PretendEc2 } from './pretend-ec2.ts';
import { botUser, type PretendHosts, startPretendHosts } from './pretend-hosts.ts';

const target = seededTargets['copr-dist-git-dev'];
const host = { instance: target.instance };
const batcave = { host: 'batcave01' };

describe('the pretend hosts', () => {
  let pretend: PretendHosts;
  let bot: Bot;

  beforeEach(async () => {
    pretend = await startPretendHosts(60);
    bot = new Bot(pretend.shell({ timing: { commandMs: 2_000 } }));
  });
  afterEach(async () => {
    await bot.shell.close();
    await pretend.stop();
  });

  const fault = (kind: Parameters<typeof pretend.kernel.addFault>[1], action: string, times = 1) =>
    pretend.kernel.addFault({ service: 'ssh', action, host: host.instance }, kind, times);
  const stopped = () => pretend.kernel.effects.filter(one => one.action === 'unit-stopped').length;

  it('a dropped call has no effect, a lost reply has one, and both are unknown to the bot', async () => {
    fault('drop', 'systemctl');
    await expect(bot.run(host, 'systemctl stop httpd')).rejects.toBeInstanceOf(Unknown);
    expect(stopped()).toBe(0);
    fault('reply-lost', 'systemctl');
    await expect(bot.run(host, 'systemctl stop httpd')).rejects.toBeInstanceOf(Unknown);
    expect(stopped()).toBe(1);
    expect(await bot.reads(host, 'systemctl is-active httpd')).toBe('inactive');
  });

  it('a host that hangs is unknown after the limit; a failing command and a full disk have no effect', async () => {
    fault('hang', 'systemctl');
    await expect(bot.run(host, 'systemctl stop httpd', { limitMs: 200 })).rejects.toMatchObject({ code: 'time-out' });
    fault('fail', 'systemctl');
    expect(await bot.run(host, 'systemctl stop httpd')).toMatchObject({ code: 1, stderr: 'systemctl: failed\n' });
    fault('disk-full', 'cp');
    expect(await bot.run(host, 'cp /etc/fstab /etc/fstab.old')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No space left on device'),
    });
    expect(stopped()).toBe(0);
  });

  it('a script goes by the name that its author gave it, and fails as a whole, detached too', async () => {
    fault('fail', 'put-aside');
    const argv = ['sh', '-c', 'touch "$1"', 'put-aside', '/tmp/aside'];
    expect(await bot.shell.run(host, argv, bot.send())).toMatchObject({ code: 1 });
    fault('fail', 'put-aside');
    await bot.shell.start(host, argv, bot.send('aside'));
    await vi.waitFor(async () =>
      expect(await bot.shell.detached(host, 'run', 'aside')).toMatchObject({ is: 'ended', code: 1 }),
    );
    expect(await bot.shell.file(host, '/tmp/aside')).toBeUndefined();
    expect(await bot.shell.run(host, argv, bot.send())).toMatchObject({ code: 0 });
    expect(await bot.shell.file(host, '/tmp/aside')).toBe('');
  });

  it('a held call waits on the right side of its effect', async () => {
    const before = fault('hold-before', 'systemctl');
    const made = bot.run(host, 'systemctl stop httpd');
    await vi.waitFor(() => expect(pretend.kernel.calls.some(one => one.action === 'systemctl')).toBe(true));
    expect(stopped()).toBe(0);
    pretend.kernel.removeFault(before);
    expect(await made).toMatchObject({ code: 0 });
    const after = fault('hold-after', 'systemctl');
    const second = bot.run(host, 'systemctl stop copr-dist-git');
    await vi.waitFor(() => expect(stopped()).toBe(2));
    pretend.kernel.removeFault(after);
    expect(await second).toMatchObject({ code: 0 });
  });

  it('a playbook that is made to fail prints a failed task, ends with 2, and has done part of its work', async () => {
    pretend.kernel.addFault({ service: 'ssh', action: 'rbac-playbook' }, 'fail', 1);
    pretend.kernel.setSpeed('max');
    const play = 'sudo -n rbac-playbook -l copr-dist-git-dev.aws.fedoraproject.org groups/copr-dist-git.yml';
    const found = await bot.plays(batcave, play);
    expect(found).toMatchObject({ is: 'ended', code: 2 });
    expect(found.tail.join('\n')).toMatch(/fatal: .*FAILED! => .*non-zero return code/);
    expect(await bot.plays(batcave, play)).toMatchObject({ is: 'ended', code: 0 });
  });

  it('readings have actions of their own, so that faults on changes never meet them', async () => {
    fault('fail', 'systemctl');
    expect(await bot.reads(host, 'systemctl is-active httpd')).toBe('active');
    expect(pretend.kernel.calls.at(-1)).toMatchObject({
      action: 'read',
      args: { mode: 'read', command: 'systemctl is-active httpd' },
    });
  });

  it('a second start of the simulator goes on: ports, keys, files, states, and a playbook under way', async () => {
    const ports = pretend.hosts.addresses();
    const keys = pretend.hosts.hostKeys(host.instance);
    await bot.does(host, 'systemctl disable --now httpd');
    await bot.shell.write(host, '/etc/kept', 'here\n', bot.send());
    await bot.does(host, 'rm /etc/dist-git/dist-git.conf');
    await bot.does(host, 'ln -sf /etc/kept /etc/hostname');
    const send = bot.send('play');
    await bot.shell.start(
      batcave,
      'sudo -n rbac-playbook -l copr-keygen-dev.aws.fedoraproject.org groups/copr-keygen.yml'.split(' '),
      send,
    );
    await vi.waitFor(async () =>
      expect(await bot.shell.detached(batcave, 'run', 'play')).toMatchObject({
        is: 'running',
        tail: expect.arrayContaining([expect.stringContaining('TASK')]),
      }),
    );
    await bot.shell.close();
    pretend = await pretend.restart();
    bot = new Bot(pretend.shell());
    expect(pretend.hosts.addresses()).toEqual(ports);
    expect(pretend.hosts.hostKeys(host.instance)).toEqual(keys);
    expect(await bot.reads(host, 'systemctl is-enabled httpd')).toBe('disabled');
    expect(await bot.shell.file(host, '/etc/kept')).toBe('here\n');
    expect(await bot.shell.file(host, '/etc/dist-git/dist-git.conf')).toBeUndefined();
    expect(await bot.reads(host, 'readlink /etc/hostname')).toBe('/etc/kept');
    expect((await bot.shell.detached(batcave, 'run', 'play')).is).toBe('running');
    pretend.kernel.setSpeed('max');
    await vi.waitFor(
      async () => expect(await bot.shell.detached(batcave, 'run', 'play')).toMatchObject({ is: 'ended', code: 0 }),
      { timeout: 10_000 },
    );
    expect(
      (await bot.shell.run(host, ['true'], { ...bot.send('older'), lease: 0 }).catch(error => error)) as unknown,
    ).toMatchObject({ code: 'older-lease' });
  });

  it('an open connection lives on for a while after its address became another host', async () => {
    const ec2 = new PretendEc2(pretend);
    const fresh = await ec2.launch(target);
    await bot.reads(host, 'true');
    ec2.move(target.elasticIp, fresh);
    expect(await bot.reads(host, 'cat /etc/hostname')).toBe('copr-dist-git-dev.aws.fedoraproject.org');
    await bot.shell.close(host);
    await expect(bot.shell.read({ instance: fresh }, ['cat', '/etc/hostname'])).resolves.toMatchObject({
      stdout: expect.stringMatching(/^ip-/),
    });
    const wrong = pretend.shell({
      addressOf: async () => ({ address: target.elasticIp, port: 22 }),
      keyring: { keysOf: async id => pretend.hosts.hostKeys(id) },
    });
    await expect(wrong.read(host, ['true'])).rejects.toMatchObject({ code: 'host-key-differs' });
    await wrong.close();
  });

  it('nobody else gets in, and an address that nobody has is refused', async () => {
    const nowhere = pretend.shell({ addressOf: async () => ({ address: '203.0.113.9', port: 22 }) });
    await expect(nowhere.read(host, ['true'])).rejects.toMatchObject({ code: 'no-connection' });
    await nowhere.close();
    const other = join(pretend.kernel.dir, 'other');
    makeKey(other);
    const stranger = pretend.shell({ keyFile: other });
    await expect(stranger.read(host, ['true'])).rejects.toMatchObject({ code: 'login-refused' });
    await stranger.close();
  });

  it('any SSH client may look around at the port that the world names', async () => {
    const { address, port } = pretend.hosts.addresses().batcave01!;
    const ssh = new NodeSSH();
    await ssh.connect({ host: address, port, username: botUser, privateKey: readFileSync(pretend.keyFile, 'utf8') });
    expect(await ssh.execCommand('hostname; ls /srv/web/infra/ansible/inventory | head -n 3')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('batcave01'),
    });
    expect(await ssh.execCommand('cat > note', { stdin: 'from a person\n' })).toMatchObject({ code: 0 });
    expect((await ssh.execCommand('cat note')).stdout).toBe('from a person');
    ssh.connection?.on('error', () => {});
    ssh.dispose();
  });

  it('a reboot ends processes, and what is enabled starts again', async () => {
    await bot.does(host, 'systemctl disable crond');
    const before = await bot.reads(host, 'cat /proc/sys/kernel/random/boot_id');
    await bot.shell.start(host, ['sleep', '9999'], bot.send('sleeper'));
    await bot.does(host, 'systemctl reboot');
    await vi.waitFor(
      async () => {
        await bot.shell.close(host);
        expect(await bot.reads(host, 'cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
      },
      { timeout: 10_000 },
    );
    expect(await bot.reads(host, 'systemctl is-active httpd crond')).toBe('active\ninactive');
    expect(await bot.reads(host, 'findmnt -n -o TARGET /var/lib/dist-git')).toBe('/var/lib/dist-git');
    expect((await bot.shell.detached(host, 'run', 'sleeper')).is).toBe('lost');
  });
});

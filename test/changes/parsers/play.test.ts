import { describe, expect, it } from 'vitest';
import { evidenceOf, hasLeftRole, parsePlay, stopAtMount, tellingLines } from '#changes/parsers/play.ts';

const failing = `
PLAY [provision instance] ******************************************************

TASK [Gathering Facts] *********************************************************
ok: [copr-be.aws.fedoraproject.org]

TASK [copr/backend : maybe this fails] *****************************************
fatal: [copr-be.aws.fedoraproject.org]: FAILED! => {"changed": false, "msg": "never mind"}
...ignoring

TASK [copr/backend : Start/enable resalloc server] *****************************
fatal: [copr-be.aws.fedoraproject.org]: FAILED! => {"changed": false, "msg": "Unable to start service resalloc:\\nJob for resalloc.service failed, \\"exit 1\\"."}

RUNNING HANDLER [basessh : restart sshd] ***************************************

PLAY RECAP *********************************************************************
copr-be.aws.fedoraproject.org : ok=211  changed=17   unreachable=0    failed=1    skipped=52   rescued=0    ignored=1   
`;

describe('the output of a playbook', () => {
  it('names the role and the task that failed, and what it said', () => {
    const { recap, failure, noHosts } = parsePlay(failing);
    expect(recap).toEqual([
      { host: 'copr-be.aws.fedoraproject.org', ok: 211, changed: 17, unreachable: 0, failed: 1, rescued: 0 },
    ]);
    expect(failure).toMatchObject({
      role: 'copr/backend',
      task: 'Start/enable resalloc server',
      host: 'copr-be.aws.fedoraproject.org',
      messages: ['Unable to start service resalloc: Job for resalloc.service failed, "exit 1".'],
    });
    expect(noHosts).toBe(false);
  });

  it('has no failure where the recap has none, though a task was rescued', () => {
    const rescued = failing.replace('failed=1', 'failed=0').replace('rescued=0', 'rescued=1');
    expect(parsePlay(rescued).failure).toBeUndefined();
  });

  it('is read through colours and carriage returns', () => {
    const coloured = failing.replace(/fatal:.*/g, line => `\u001b[0;31m${line}\u001b[0m\r`);
    expect(parsePlay(coloured).failure?.task).toBe('Start/enable resalloc server');
  });

  it('knows an unreachable host', () => {
    const text = `TASK [Gathering Facts] ***\nfatal: [a.example.org]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: Host key verification failed.", "unreachable": true}\n\nPLAY RECAP ***\na.example.org : ok=0    changed=0    unreachable=1    failed=0\n`;
    expect(parsePlay(text).failure).toMatchObject({ role: undefined, task: 'Gathering Facts', status: 'unreachable' });
  });

  it('knows that no host matched', () => {
    expect(parsePlay('skipping: no hosts matched\n\nPLAY RECAP ***\n')).toMatchObject({ noHosts: true, recap: [] });
  });

  it('has hosts where only one of its plays has none', () => {
    const text =
      'PLAY [a] ***\nskipping: no hosts matched\n\nTASK [x] ***\nok: [h]\n\nPLAY RECAP ***\nh : ok=1 changed=0 unreachable=0 failed=0\n';
    expect(parsePlay(text).noHosts).toBe(false);
  });

  it('shows the task that failed and the recap, and no times of tasks', () => {
    const timed = failing
      .replace(/^(TASK .*)$/gm, '$1\nTuesday 01 December 2026  14:03:05 +0000 (0:00:00.073)       0:00:00.416 ****** ')
      .concat(`${'='.repeat(79)} \n`, 'copr/backend : Start/enable resalloc server ---------- 1.66s\n'.repeat(40));
    const shown = evidenceOf(parsePlay(timed));
    expect(shown).toHaveLength(4);
    expect(shown[0]).toContain('TASK [copr/backend : Start/enable resalloc server]');
    expect(shown[3]).toContain('failed=1');
  });
});

const host = 'copr-fe-dev.aws.fedoraproject.org';
const play = (...tasks: string[]) => tasks.map(task => `TASK [${task}] ****\nok: [${host}]\n`).join('\n');
const recap = (failed: number) =>
  `PLAY RECAP ***\n${host} : ok=3 changed=0 unreachable=0 failed=${failed} skipped=0 rescued=0 ignored=0\n`;

describe('the role base', () => {
  const left = (text: string, on = host) =>
    hasLeftRole(parsePlay(text), { role: 'base', own: 'copr/frontend', host: on });

  it('is left when a task of the own role was played after it, or the play ended well', () => {
    expect(left(play('base : keys'))).toBe(false);
    expect(left(play('copr/frontend : first', 'base : keys'))).toBe(false);
    expect(left(play('base : keys', 'copr/frontend : mount'))).toBe(true);
    expect(left(play('base : keys') + recap(0))).toBe(true);
    expect(left(`${play('base : keys')}fatal: [${host}]: FAILED! => {"msg": "no"}\n${recap(1)}`)).toBe(false);
  });

  it('isn’t left by a role that it includes', () => {
    expect(left(play('base : resolv.conf', 'basessh : sshd_config'))).toBe(false);
    expect(
      left(`${play('base : resolv.conf', 'basessh : sign')}fatal: [${host}]: FAILED! => {"msg": "no"}\n${recap(1)}`),
    ).toBe(false);
  });

  it('isn’t left when the task after it has only begun, or was played on another host', () => {
    expect(left(`${play('base : keys')}TASK [copr/frontend : mount] ****\n`)).toBe(false);
    expect(left(play('base : keys', 'copr/frontend : mount'), 'copr-be-dev.aws.fedoraproject.org')).toBe(false);
  });

  it('isn’t left by a play that ended well without it, as one with tags', () => {
    expect(left(play('copr/certbot : fetch') + recap(0))).toBe(false);
  });
});

describe('the stop at mounting', () => {
  const mounting = (said: string, task = 'copr/frontend : Mount up disk of copr fe') =>
    `${play('base : keys')}TASK [${task}] ****\nfatal: [${host}]: FAILED! => ${JSON.stringify({ changed: false, msg: said })}\n${recap(1)}`;
  const stop = { host, own: 'copr/frontend', paths: ['/var/lib/pgsql', '/srv/copr-fe'] };
  const found = (text: string, at: Parameters<typeof stopAtMount>[1] = stop) => stopAtMount(parsePlay(text), at)?.task;
  const missing = "Error mounting /srv/copr-fe: mount: /srv/copr-fe: can't find LABEL=copr-fe.\n";

  it('is known by what the module says, whatever the task is called', () => {
    expect(found(mounting(missing))).toBe('Mount up disk of copr fe');
    expect(found(mounting(missing, 'copr/frontend : the disk'))).toBe('the disk');
    expect(found(mounting('No package copr-frontend available.'))).toBeUndefined();
  });

  it('is none of another path, of another role, or for another reason than that the data isn’t there', () => {
    expect(found(mounting(missing.replaceAll('/srv/copr-fe', '/tmp')))).toBeUndefined();
    expect(found(mounting(missing, 'nagios_client : the disk'))).toBeUndefined();
    expect(found(mounting(missing, 'the disk'))).toBeUndefined();
    expect(
      found(mounting('Error mounting /srv/copr-fe: mount: /srv/copr-fe: wrong fs type, bad option.')),
    ).toBeUndefined();
  });

  it('is one where a device or the folder of a bind mount isn’t there, none where the mount point isn’t', () => {
    const said = (why: string) => found(mounting(`Error mounting /srv/copr-fe: mount: /srv/copr-fe: ${why}\n`));
    const it = 'Mount up disk of copr fe';
    expect(said("can't find UUID=1b2c3d4e-0000-4000-8000-000000000000.")).toBe(it);
    expect(said('special device /dev/disk/by-label/copr-fe does not exist.')).toBe(it);
    expect(
      said('special device /srv/copr-fe/pgsqldb does not exist.\n       dmesg(1) may have more information.'),
    ).toBe(it);
    expect(said('mount point does not exist.')).toBeUndefined();
    expect(said('mount(2) system call failed: No such file or directory.')).toBeUndefined();
    expect(said('/dev/nvme1n1 already mounted or mount point busy.')).toBeUndefined();
  });

  it('is none before base was played, or of a host that can’t be reached', () => {
    const early = mounting(missing).replace('TASK [base : keys]', 'TASK [nagios_client : keys]');
    expect(found(early)).toBeUndefined();
    expect(found(mounting(missing).replace('FAILED!', 'UNREACHABLE!'))).toBeUndefined();
  });

  it('is none where the task was delegated to another host: the data may be here', () => {
    const other = `${host} -> copr-be-dev.aws.fedoraproject.org`;
    expect(found(mounting(missing).replace(`fatal: [${host}]`, `fatal: [${other}]`))).toBeUndefined();
    const loop = (first: string, second: string) =>
      mounting(missing).replace(/fatal:.*/, said => {
        const result = said.replace(/^.*?FAILED! => /, '');
        return `failed: [${first}] (item=a) => ${result}\nfailed: [${second}] (item=b) => ${result}`;
      });
    expect(found(loop(host, host))).toBe('Mount up disk of copr fe');
    expect(found(loop(host, other))).toBeUndefined();
    expect(found(loop(other, host))).toBeUndefined();
  });

  it('is none while the recap isn’t there: the play was killed', () => {
    expect(found(mounting(missing).replace(/PLAY RECAP[\s\S]*/, ''))).toBeUndefined();
  });

  it('of a run that an earlier version planned is known without the role and the paths', () => {
    expect(found(mounting(missing), { host })).toBe('Mount up disk of copr fe');
    const before = `TASK [Mount swap] ***\nfatal: [${host}]: FAILED! => {"msg": "non-zero return code", "rc": 255}\n${recap(1)}`;
    expect(found(before, { host })).toBeUndefined();
  });
});

describe('what no_log hides', () => {
  const censored =
    '"censored": "the output has been hidden due to the fact that \'no_log: true\' was specified for this result"';
  const lines = [
    'TASK [copr/frontend : set the password] ****',
    '[ERROR]: Task failed: Action failed: it was hunter2',
    'and more of hunter2',
    `fatal: [${host}]: FAILED! => {${censored}, "changed": false}`,
  ];
  it('is shown nowhere, though Ansible prints it as an error', () => {
    expect(tellingLines(lines)).toEqual([lines[0], lines[3]]);
    expect(tellingLines(lines.slice(2))).toEqual([lines[3]]);
    expect(evidenceOf(parsePlay([...lines, recap(1)].join('\n'))).join()).not.toContain('hunter2');
  });
});

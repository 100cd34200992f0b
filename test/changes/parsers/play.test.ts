import { describe, expect, it } from 'vitest';
import { hasLeftRole, isMounting, parsePlay } from '#changes/parsers/play.ts';

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
    expect(parsePlay(failing)).toEqual({
      recap: [{ host: 'copr-be.aws.fedoraproject.org', ok: 211, changed: 17, unreachable: 0, failed: 1 }],
      failure: {
        role: 'copr/backend',
        task: 'Start/enable resalloc server',
        host: 'copr-be.aws.fedoraproject.org',
        message: 'Unable to start service resalloc: Job for resalloc.service failed, "exit 1".',
      },
      noHosts: false,
    });
  });

  it('has no failure where the recap has none, though a task was rescued', () => {
    const rescued = failing.replace('failed=1', 'failed=0');
    expect(parsePlay(rescued).failure).toBeUndefined();
  });

  it('is read through colours and carriage returns', () => {
    const coloured = failing.replace(/fatal:.*/g, line => `\u001b[0;31m${line}\u001b[0m\r`);
    expect(parsePlay(coloured).failure?.task).toBe('Start/enable resalloc server');
  });

  it('knows an unreachable host', () => {
    const text = `TASK [Gathering Facts] ***\nfatal: [a.example.org]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: Host key verification failed.", "unreachable": true}\n\nPLAY RECAP ***\na.example.org : ok=0    changed=0    unreachable=1    failed=0\n`;
    expect(parsePlay(text).failure).toMatchObject({ role: undefined, task: 'Gathering Facts' });
  });

  it('knows that no host matched', () => {
    expect(parsePlay('skipping: no hosts matched\n\nPLAY RECAP ***\n')).toMatchObject({ noHosts: true, recap: [] });
  });

  it('knows the stop at mounting', () => {
    const failure = { role: 'copr/frontend', host: 'a', message: '' };
    expect(isMounting({ ...failure, task: 'mount up disk of copr fe' })).toBe(true);
    expect(isMounting({ ...failure, task: 'install packages' })).toBe(false);
    expect(isMounting({ ...failure, task: 'count the amounts' })).toBe(false);
  });
});

describe('a role', () => {
  const play = (...tasks: string[]) => tasks.map(task => `TASK [${task}] ****\nok: [h]\n`).join('\n');
  it('is left when a task of another role begins, or the play ends well', () => {
    expect(hasLeftRole(play('base : keys'), 'base')).toBe(false);
    expect(hasLeftRole(play('apache : first', 'base : keys'), 'base')).toBe(false);
    expect(hasLeftRole(play('base : keys', 'swap : write'), 'base')).toBe(true);
    const recap = 'PLAY RECAP ***\nh : ok=3 changed=0 unreachable=0 failed=0 skipped=0\n';
    expect(hasLeftRole(`${play('base : keys')}${recap}`, 'base')).toBe(true);
    expect(
      hasLeftRole(
        `${play('base : keys')}fatal: [h]: FAILED! => {"msg": "no"}\n${recap.replace('failed=0', 'failed=1')}`,
        'base',
      ),
    ).toBe(false);
  });
});

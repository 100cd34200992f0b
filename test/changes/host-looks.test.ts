import { describe, expect, it } from 'vitest';
import { backUpDatabase } from '#changes/back-up-database.ts';
import { checkPlaybook } from '#changes/check-playbook.ts';
import { createSwapFile } from '#changes/create-swap-file.ts';
import { cutBackupSleep } from '#changes/cut-backup-sleep.ts';
import { deleteBuilders } from '#changes/delete-builders.ts';
import { editInventory } from '#changes/edit-inventory.ts';
import { kinds } from '#changes/index.ts';
import { makeFileSystem } from '#changes/make-file-system.ts';
import { migrateSchema } from '#changes/migrate-schema.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { removeFile } from '#changes/remove-file.ts';
import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { setUnits } from '#changes/set-units.ts';
import { updateDns } from '#changes/update-dns.ts';
import { upgradeDatabase } from '#changes/upgrade-database.ts';
import type { Change } from '#core/change.ts';
import type { Look } from '#engine/define-change.ts';
import { type Script, scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-old' };

function look(change: Change, script: Script): Promise<Look> {
  return kinds[change.kind]!.look(scriptedReaders(script), change.args, { run: 'r1', key: 'r1.t.s.0.g1' });
}

const devices = (...uuids: string[]) =>
  JSON.stringify({
    blockdevices: uuids.map((uuid, nth) => ({
      name: `/dev/nvme${nth + 1}n1`,
      serial: `vol${nth}`,
      fstype: 'ext4',
      label: 'copr-fe',
      uuid,
    })),
  });

describe('a playbook', () => {
  const args = {
    host: { host: 'batcave01' },
    limit: 'copr-be.aws.fedoraproject.org',
    playbook: 'groups/copr-backend.yml',
    tags: [],
    mayStopAtMount: false,
  };
  const stop = { own: 'copr/backend', paths: ['/var/lib/copr/public_html'] };
  const missing =
    "Error mounting /var/lib/copr/public_html: mount: /var/lib/copr/public_html: can't find LABEL=copr-repo.";
  const output = (task: string, msg = 'exit 1') =>
    `TASK [base : keys] ***\nok: [copr-be.aws.fedoraproject.org]\n\nTASK [copr/backend : ${task}] ***\nfatal: [copr-be.aws.fedoraproject.org]: FAILED! => {"msg": "${msg}"}\n\nPLAY RECAP ***\ncopr-be.aws.fedoraproject.org : ok=5 changed=2 unreachable=0 failed=1\n`;
  const ended = (code: number) => ({ detached: { is: 'ended', code, tail: [] } }) as const;
  it('that fails says the role, the task and what it said', async () => {
    expect(await look(playPlaybook(args), { ...ended(2), output: output('Start resalloc') })).toMatchObject({
      is: 'failed',
      code: 'playbook-failed',
      sentence: 'groups/copr-backend.yml, role copr/backend, task "Start resalloc": exit 1',
      evidence: expect.arrayContaining(['PLAY RECAP ***']),
    });
  });
  it('may stop at mounting only where that was expected', async () => {
    const stopped = { ...ended(2), output: output('mount up disk of copr repo', missing) };
    const may = playPlaybook({ ...args, mayStopAtMount: true, stop });
    expect(await look(playPlaybook(args), stopped)).toMatchObject({ is: 'failed' });
    expect(await look(may, stopped)).toMatchObject({
      is: 'after',
      output: { ok: 5, changed: 2, stoppedAtMount: true },
    });
    expect(await look(may, { ...ended(2), output: output('mount up disk of copr repo') })).toMatchObject({
      is: 'failed',
      sentence: 'groups/copr-backend.yml, role copr/backend, task "mount up disk of copr repo": exit 1',
    });
  });
  it('that matched no host has failed, though it exits with 0', async () => {
    expect(
      await look(playPlaybook(args), { ...ended(0), output: 'skipping: no hosts matched\n\nPLAY RECAP ***\n' }),
    ).toMatchObject({ is: 'failed', sentence: expect.stringMatching(/the inventory has no copr-be.aws/) });
  });
  it('whose process is gone is lost', async () => {
    expect(await look(playPlaybook(args), { detached: { is: 'lost', tail: ['x'] } })).toMatchObject({
      is: 'other',
      code: 'lost',
      evidence: ['x'],
    });
  });
});

describe('units', () => {
  const show = (load: string, active: string, file: string, path = '/usr/lib/systemd/system/a.service') =>
    `Id=a.service\nLoadState=${load}\nActiveState=${active}\nUnitFileState=${file}\nFragmentPath=${path}\n`;
  it('that are stopping are under way', async () => {
    const change = setUnits({ host, units: [{ unit: 'a', active: false }] });
    expect(await look(change, { reads: { systemctl: show('loaded', 'deactivating', 'enabled') } })).toMatchObject({
      is: 'under-way',
    });
  });
  it('that are not installed count as stopped and can not be started', async () => {
    const reads = { systemctl: show('not-found', 'inactive', '', '') };
    expect(
      await look(setUnits({ host, units: [{ unit: 'a', active: false, enabled: false }] }), { reads }),
    ).toMatchObject({ is: 'after' });
    expect(await look(setUnits({ host, units: [{ unit: 'a', active: true }] }), { reads })).toMatchObject({
      is: 'other',
      code: 'no-such-unit',
    });
  });
  it('that are not installed are let be where that is said', async () => {
    const reads = { systemctl: show('not-found', 'inactive', '', '') };
    const change = setUnits({ host, units: [{ unit: 'a', active: true, ifThere: true }] });
    expect(await look(change, { reads })).toMatchObject({ is: 'after' });
    expect(await look(change, { reads: { systemctl: show('loaded', 'inactive', 'enabled') } })).toMatchObject({
      is: 'before',
    });
  });
  it('whose file stands in /etc can not be masked', async () => {
    const reads = { systemctl: show('loaded', 'active', 'enabled', '/etc/systemd/system/a.service') };
    expect(await look(setUnits({ host, units: [{ unit: 'a', masked: true }] }), { reads })).toMatchObject({
      is: 'other',
      code: 'cannot-mask',
    });
  });
  it('go back, in reverse order, to just what each was', () => {
    const units = [
      { unit: 'a', active: false, enabled: false },
      { unit: 'b', active: false, enabled: false },
      { unit: 'c', active: false, enabled: false },
    ];
    const was = (unit: string, active: boolean, enabled: boolean) => ({
      unit,
      active,
      enabled,
      masked: false,
      found: true,
    });
    const before = [was('a', true, true), was('b', true, false), was('c', false, false)];
    expect(kinds['set-units']!.inverse({ host, units }, { before, output: {} })).toEqual({
      change: setUnits({
        host,
        units: [
          { unit: 'b', active: true },
          { unit: 'a', active: true, enabled: true },
        ],
      }),
    });
  });
});

describe('a database', () => {
  const upgrade = upgradeDatabase({
    host,
    from: 16,
    to: 18,
    checksums: false,
    mode: 'link',
    data: '/var/lib/pgsql/data',
  });
  const version = (major: string) => ({ files: { '/var/lib/pgsql/data/PG_VERSION': `${major}\n` } });
  it('whose upgrade was interrupted is for a person, never for a repetition', async () => {
    expect(await look(upgrade, { ...version('18'), detached: { is: 'lost', tail: [] } })).toMatchObject({
      is: 'other',
      code: 'upgrade-interrupted',
    });
    expect(kinds['upgrade-database']!.repeat).toBe('ask');
  });
  it('is upgraded when its files say so', async () => {
    expect(await look(upgrade, version('18'))).toMatchObject({ is: 'after' });
    expect(await look(upgrade, version('16'))).toEqual({ is: 'before' });
    expect(await look(upgrade, version('15'))).toMatchObject({ is: 'other', code: 'wrong-version' });
    expect(await look(upgrade, {})).toMatchObject({ is: 'other', code: 'no-database' });
  });
  it('can go back by itself only after an upgrade by copy', () => {
    const { inverse } = kinds['upgrade-database']!;
    expect(inverse(upgrade.args)).toHaveProperty('impossible');
    expect(inverse({ ...upgrade.args, mode: 'copy' })).toMatchObject({ change: { kind: 'restore-old-database' } });
  });
  const program = '/usr/local/bin/backup-database';
  it('is not backed up while another backup runs', async () => {
    const reads = { ps: `5001 1 postgres /bin/bash ${program} coprdb\n` };
    expect(await look(backUpDatabase({ host, program, database: 'coprdb', folder: '/backups' }), { reads })).toEqual({
      is: 'not-yet',
      why: 'another backup runs: backup-database 5001',
    });
  });
  it("loses only the backup script's own sleep", async () => {
    const cut = cutBackupSleep({ host, program, folder: '/backups' });
    const own = `5001 1 postgres /bin/bash ${program} coprdb\n`;
    const ps = (text: string) => ({ reads: { ps: text, test: { code: 1 } } });
    expect(await look(cut, ps(`${own}5002 5001 postgres sleep 1203\n`))).toEqual({
      is: 'before',
      before: 'sleep 5002',
    });
    expect(await look(cut, ps(`${own}5002 4000 postgres sleep 1203\n`))).toMatchObject({ is: 'not-yet' });
    expect(await look(cut, ps(`${own}5003 5001 postgres pg_dump -C coprdb\n`))).toMatchObject({ is: 'after' });
    expect(await look(cut, ps(''))).toMatchObject({ is: 'not-yet', why: "the backup hasn't begun" });
    expect(await look(cut, { reads: { ps: '', test: { code: 0 } } })).toMatchObject({
      is: 'after',
      saw: 'the backup has ended',
    });
  });
});

describe('a schema', () => {
  const migrate = migrateSchema({ host, database: 'coprdb' });
  const at = (revisions: string, heads: string) => ({ reads: { psql: revisions, 'env -C': heads } });
  const head = 'bb52d9f878f5 (head)\n';
  it('that is at the head of the package is found done, so that the way back stays whole', async () => {
    expect(await look(migrate, at('bb52d9f878f5\n', head))).toEqual({
      is: 'after',
      output: { revision: 'bb52d9f878f5' },
      saw: 'coprdb is at bb52d9f878f5 already, as copr-frontend needs it',
    });
    expect(await look(migrate, at('06b208e317a3\n', head))).toEqual({ is: 'before', before: '06b208e317a3' });
  });
  it('is migrated only when the database says so, whatever alembic said', async () => {
    const ended = { detached: { is: 'ended', code: 0, tail: [] } } as const;
    expect(await look(migrate, { ...at('bb52d9f878f5\n', head), ...ended })).toMatchObject({ is: 'after' });
    expect(await look(migrate, { ...at('06b208e317a3\n', head), ...ended })).toMatchObject({
      is: 'other',
      code: 'not-migrated',
      evidence: ['coprdb: 06b208e317a3', 'copr-frontend: bb52d9f878f5'],
    });
  });
  it('without one revision on both sides is for a person', async () => {
    const unknown = { is: 'other', code: 'unknown-schema' };
    expect(await look(migrate, at('', head))).toMatchObject(unknown);
    expect(await look(migrate, at('06b208e317a3\n', `06b208e317a3 (head)\n${head}`))).toMatchObject(unknown);
    expect(await look(migrate, at('06b208e317a3\nbb52d9f878f5\n', head))).toMatchObject(unknown);
  });
  it('that was migrated comes back from a snapshot or a dump only', () => {
    const { inverse } = kinds['migrate-schema']!;
    const asked = inverse(migrate.args);
    expect(asked).toMatchObject({ impossible: expect.stringContaining('only the clean snapshot or the dump') });
    expect(asked).toMatchObject({ impossible: expect.stringContaining('keeps nobody from going back') });
    expect(inverse(migrate.args, { before: '06b208e317a3', output: {} })).toEqual({
      impossible: 'only the clean snapshot or the dump brings the old schema of coprdb back',
    });
  });
});

describe('other things of a host', () => {
  it('builders that are all being deleted are under way', async () => {
    const list =
      '1 - a pool=p tags=x status=DELETING releases=0\n2 - b pool=p tags=x status=DELETE_REQUEST releases=0\n';
    expect(await look(deleteBuilders({ host }), { reads: { resalloc: list } })).toMatchObject({
      is: 'under-way',
      saw: '2 builders are being deleted',
    });
    expect(
      await look(deleteBuilders({ host }), { reads: { resalloc: `${list}3 - c pool=p status=UP\n` } }),
    ).toMatchObject({ is: 'before' });
  });
  it('no file system is made where there is any signature', async () => {
    const change = makeFileSystem({ host, volume: 'vol-0', label: 'copr-repo' });
    const lsblk = devices('u');
    expect(await look(change, { reads: { lsblk, blkid: { code: 2 } } })).toEqual({ is: 'before' });
    expect(await look(change, { reads: { lsblk, blkid: 'DEVNAME=/dev/nvme1n1\nPTTYPE=gpt\n' } })).toMatchObject({
      is: 'other',
      code: 'not-empty',
    });
    expect(
      await look(change, { reads: { lsblk, blkid: 'DEVNAME=/dev/nvme1n1\nLABEL=copr-repo\nUUID=u\nTYPE=ext4\n' } }),
    ).toMatchObject({ is: 'after', output: { uuid: 'u' } });
    expect(await look(change, { reads: { lsblk, blkid: { code: 4 } } }).catch(error => error.code)).toBe('read-failed');
  });
  it("a udev rule that somebody wrote isn't taken away", async () => {
    const path = '/run/udev/rules.d/64-md-raid-assembly.rules';
    const change = setUdevRulesMasked({ host, rules: ['64-md-raid-assembly.rules'], masked: false });
    expect(await look(change, { files: { [path]: 'ACTION=="add"\n' } })).toMatchObject({
      is: 'other',
      code: 'not-ours',
    });
    expect(await look(change, { files: { [path]: '' } })).toEqual({ is: 'before' });
  });
  it('a file that somebody changed is not removed', async () => {
    expect(await look(removeFile({ host, path: '/a', content: 'x' }), { files: { '/a': 'y' } })).toMatchObject({
      is: 'other',
      code: 'changed-meanwhile',
    });
  });
  it('a swap file in use is found', async () => {
    const change = createSwapFile({ host, path: '/swap', sizeMiB: 16384 });
    expect(
      await look(change, { files: { '/proc/swaps': 'Filename Type Size Used Priority\n/swap file 16777212 0 -2\n' } }),
    ).toMatchObject({ is: 'after' });
  });
  it('an inventory line that is not there is for a person', async () => {
    const change = editInventory({
      edits: [{ op: 'set-scalar', file: 'g', key: 'services_disabled', from: 'false', to: 'true' }],
      message: 'm',
      checkout: null,
    });
    expect(await look(change, { files: { g: 'other: 1\n' } })).toMatchObject({ is: 'other', code: 'no-such-line' });
    expect(await look(change, { files: { g: 'services_disabled: true\n' } })).toMatchObject({
      is: 'after',
      output: { commit: null },
    });
  });
});

describe('what a playbook would change', () => {
  const check = checkPlaybook({
    host: { host: 'batcave01' },
    limit: 'keygen',
    playbook: 'groups/copr-keygen.yml',
    tags: ['config'],
    word: '172.30.2.94',
  });
  const lines = [
    'TASK [copr/keygen : sign.conf] ****',
    '--- before: /etc/sign.conf',
    '+++ after: /etc/sign.conf',
    '@@ -1 +1,2 @@',
    ' passphrase: hunter1',
    '-password: hunter2',
    '+password: hunter3',
    '+allow: 172.30.2.94',
  ];
  const failing = [...lines, '', 'fatal: [keygen]: FAILED! => {"changed": false, "msg": "no"}'];
  const recap = (failed: number) => `PLAY RECAP ***\nkeygen : ok=1 changed=1 unreachable=0 failed=${failed}`;

  it.each([
    ['runs', { is: 'running', since: 0, tail: lines }, lines, 'under-way'],
    ['is lost', { is: 'lost', tail: lines }, lines, 'other'],
    ['fails', { is: 'ended', code: 2, tail: lines }, [...failing, recap(1)], 'failed'],
    ['passes', { is: 'ended', code: 0, tail: lines }, [...lines, 'changed: [keygen]', recap(0)], 'after'],
  ] as const)('shows no line of a file but those with the address when it %s', async (_how, detached, output, is) => {
    const seen = await look(check, { detached: detached, output: output.join('\n') });
    expect(seen.is).toBe(is);
    expect(JSON.stringify(seen)).not.toContain('hunter');
    if (is === 'after') expect(JSON.stringify(seen)).toContain('+allow: 172.30.2.94');
    if (is === 'failed') expect(JSON.stringify(seen)).toContain('sign.conf');
  });
});

describe('the playbook that updates the name servers', () => {
  const args = {
    host: { host: 'batcave01' },
    playbook: 'update_dns.yml',
    name: 'a.example.org',
    address: '2001:db8::1',
    seconds: null,
  };
  const output = [
    'TASK [run update-dns] ****',
    'changed: [ns01]',
    'fatal: [ns02]: FAILED! => {"changed": false, "msg": "non-zero return code", "rc": 3, "stderr": "no such zone"}',
    'PLAY RECAP ****',
    'ns01 : ok=1 changed=1 unreachable=0 failed=0',
    'ns02 : ok=0 changed=0 unreachable=0 failed=1',
  ].join('\n');
  it('says which task failed, and what it said', async () => {
    const change = updateDns(args);
    const ports = {
      ...scriptedReaders({ detached: { is: 'ended', code: 2, tail: [] }, output }),
      dns: { resolve: async () => [{ server: 'ns02', addresses: [] }], lifetimes: async () => [] },
    };
    const seen = await kinds[change.kind]?.look(ports as never, change.args, { run: 'r1', key: 'k' } as never);
    expect(seen).toMatchObject({
      is: 'failed',
      sentence: 'update_dns.yml, task "run update-dns": non-zero return code (exit 3) no such zone',
    });
  });
});

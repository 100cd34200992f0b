import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ferry } from '#cli/ferry.ts';
import { type Simulator, startSimulator } from '#sim/simulator.ts';
import { runCommand } from '#test/builders/run-command.ts';
import { MatrixPerson } from '../builders/matrix-person.ts';
import { watchCalls } from '../iam/watch-calls.ts';

describe('ferry check on the simulator', () => {
  let dir: string;
  let simulator: Simulator;
  let kept: Record<string, string>;
  const files = ['estate.yaml', 'ferry.env'];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-check-'));
    simulator = await startSimulator({ dir, speed: 'max' });
    kept = Object.fromEntries(files.map(name => [name, readFileSync(join(dir, name), 'utf8')]));
  });
  afterAll(async () => {
    await simulator.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(() => {
    for (const name of files) writeFileSync(join(dir, name), kept[name] ?? '');
  });

  const check = () => runCommand(() => ferry(['check', '--env-file', join(dir, 'ferry.env')]));
  const change = (name: string, from: string | RegExp, to: string) => {
    const before = kept[name] ?? '';
    const after = before.replace(from, to);
    expect(after, `${name} has no ${String(from)}`).not.toBe(before);
    writeFileSync(join(dir, name), after);
  };
  const failures = (out: string) => out.split('\n').filter(line => line.startsWith('FAIL'));

  it('finds a whole estate in order, and touches nothing', async () => {
    const calls = watchCalls(simulator.kernel);
    const effects = simulator.kernel.effects.length;
    const { code, out, err } = await check();
    expect({ code, err, failures: failures(out) }).toEqual({ code: 0, err: '', failures: [] });
    for (const of of ['redis', 'aws copr-be-dev', 'ssh copr-keygen', 'ssh batcave01', 'ssh jump host', 'inventory']) {
      expect(out).toContain(`ok    ${of}: `);
    }
    expect(out).toContain('people of prod: alice, bob, carol, dan are in');
    expect(out).toMatch(/\n\d+ ok, 0 failed\n$/);
    expect(simulator.kernel.effects.slice(effects)).toEqual([]);
    // What it asks by DryRun is what docs/aws-iam-policy.json allows.
    expect(calls.denied).toEqual([]);
    expect(calls.actions).toContain('CreateSnapshot');
  });

  it('names file, line and key of a wrong estate, with exit 3', async () => {
    change('estate.yaml', 'order: fast', 'order: slow');
    const { code, err } = await check();
    expect(code).toBe(3);
    expect(err).toMatch(/estate\.yaml, line \d+, environments\.dev\.order: /);
  });

  it('fails where others may read a secret, naming the file and the chmod, with exit 3', async () => {
    chmodSync(join(dir, 'ferry.env'), 0o644);
    const { code, out } = await check();
    chmodSync(join(dir, 'ferry.env'), 0o600);
    expect(code).toBe(3);
    expect(failures(out)).toEqual([
      expect.stringMatching(/ferry\.env may be read by .* \(mode 0644\): chmod 600 \S+ferry\.env/),
    ]);
  });

  it('makes no state folder: only start does', async () => {
    expect(existsSync(join(dir, 'state'))).toBe(false);
    await check();
    const nowhere = join(dir, 'nowhere');
    expect(
      (await runCommand(() => ferry(['check', '--env-file', join(dir, 'ferry.env'), '--state', nowhere]))).out,
    ).toContain(`${nowhere} can be made`);
    await runCommand(() =>
      ferry(['plan', 'copr-keygen-dev', '--env-file', join(dir, 'ferry.env'), '--state', nowhere]),
    );
    expect([existsSync(join(dir, 'state')), existsSync(nowhere)]).toEqual([false, false]);
  });

  it('fails what lacks a variable, with exit 3, and still proves the rest', async () => {
    change('ferry.env', /^MATRIX_ACCESS_TOKEN=.*$/m, '');
    const { code, out } = await check();
    expect(code).toBe(3);
    expect(out).toMatch(/FAIL {2}chat: .*MATRIX_ACCESS_TOKEN/);
    expect(out).toContain('ok    aws copr-be-dev');
  });

  it('fails a credential that is refused, with exit 1', async () => {
    change('ferry.env', /^AWS_ACCESS_KEY_ID=.*$/m, 'AWS_ACCESS_KEY_ID=AKIASOMEBODYELSES000');
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}aws: /);
    expect(out).toContain('ok    inventory');
  });

  it('fails a host that presents another key than the pinned one', async () => {
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9Yd0kqvJmKx8yqv4cWc0n2rQ1b6m3o5p7t9v1x3z5B';
    change('estate.yaml', /(batcave:[\s\S]*?host_keys:\s*(?:\[\s*|- )"?)ssh-ed25519 [A-Za-z0-9+/=]+/, `$1${other}`);
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(failures(out)).toEqual([expect.stringMatching(/^FAIL {2}ssh batcave01: .*isn't pinned.*host_keys/)]);
  });

  it('fails an approver who has no account in the work room', async () => {
    change('estate.yaml', /@dan:sim/, '@daniel:sim');
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(failures(out)).toEqual([
      expect.stringMatching(/people of dev: dan \(@daniel:sim\) isn't in /),
      expect.stringMatching(/people of prod: dan \(@daniel:sim\) isn't in /),
    ]);
  });

  it('fails a work room that hides what was said while somebody was out of it', async () => {
    const match = { service: 'matrix', action: 'read-state', contains: 'm.room.history_visibility' } as const;
    const hidden = { status: 200, body: { history_visibility: 'joined' } };
    const fault = simulator.kernel.addFault(match, 'answer', 1_000, hidden);
    const { code, out } = await check();
    simulator.kernel.removeFault(fault);
    expect(code).toBe(1);
    expect(failures(out)).toEqual([expect.stringMatching(/^FAIL {2}room .*doesn't show what was said while somebody/)]);
  });

  it('fails an address that is elsewhere, by AWS and by name', async () => {
    change('estate.yaml', '18.208.10.131', '18.208.10.132');
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(failures(out).join('\n')).toMatch(/aws copr-be-dev: .*18\.208\.10\.132/);
  });

  it('proves the zone where a target gets a new AAAA record, and fails a record that is another', async () => {
    const address = '    ipv6: 2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2\n';
    change('estate.yaml', address, `${address}    ipv6_moves: false\n`);
    const right = await check();
    expect(right.code).toBe(0);
    expect(right.out).toContain(
      "ok    dns zone: master/aws.fedoraproject.org has the estate's 1 AAAA record; ferry may push\n",
    );
    change('estate.yaml', address, '    ipv6: 2600:1f18:8ee:ae00::1\n    ipv6_moves: false\n');
    const wrong = await check();
    expect(wrong.code).toBe(1);
    expect(failures(wrong.out)).toEqual([
      expect.stringMatching(/^FAIL {2}dns zone: .* has 2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2 for copr-keygen-dev/),
    ]);
  });

  it('fails a repository that refuses pushes', async () => {
    const config = ['--git-dir', join(dir, 'git/ansible.git'), 'config', 'http.receivepack'];
    execFileSync('git', [...config, 'false']);
    const { code, out } = await check();
    execFileSync('git', [...config, 'true']);
    expect(code).toBe(1);
    expect(failures(out)).toEqual([expect.stringMatching(/^FAIL {2}inventory: nothing can be pushed/)]);
  });

  it('fails a room that the bot was put out of', async () => {
    const world = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8'));
    const bot = new MatrixPerson(world.homeserver, {
      userId: '@ferry:sim',
      accessToken: /^MATRIX_ACCESS_TOKEN=(.*)$/m.exec(kept['ferry.env'] ?? '')?.[1] ?? '',
    });
    await bot.leaves(world.rooms['fedora-buildsys']);
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(failures(out)).toEqual([expect.stringMatching(/isn't in .*invite the bot/)]);
  });

  it('fails an account that is the bot of another store, and says how to move', async () => {
    const token = /^MATRIX_ACCESS_TOKEN=(.*)$/m.exec(kept['ferry.env'] ?? '')?.[1] ?? '';
    const { homeserver } = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8'));
    const bot = new MatrixPerson(homeserver, { userId: '@ferry:sim', accessToken: token });
    const mark = (store: object) => bot.call('PUT', 'client/v3/user/@ferry:sim/account_data/org.ferry.store', store);
    const before = await check();
    expect(before.out).toContain("ok    chat account: @ferry:sim is nobody's bot yet");
    await mark({ store: 'another' });
    const { out } = await check();
    await mark({});
    expect(failures(out)).toContainEqual(
      expect.stringMatching(/^FAIL {2}chat account: .*bot of another store.*--take-account/),
    );
  });

  it('notes an environment in which nobody could approve', async () => {
    change('estate.yaml', 'approvers: [ alice, bob, carol, dan ]', 'approvers: [ alice ]');
    const { out } = await check();
    expect(out).toContain('note  estate: environment dev: nobody could approve what alice asks for');
  });
});

import { expect, it } from 'vitest';
import type { JsonObject } from '#core/json.ts';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext } from '#engine/define-step.ts';
import { checkOld } from '#jobs/back/check-old.ts';
import { allowNewAddress } from '#jobs/prepare/allow-new-address.ts';
import { dropOldAddress } from '#jobs/settle/drop-old-address.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';

const settings = await exampleSettings('dev');
const [backend, keygen] = ['copr-be-dev', 'copr-keygen-dev'];
const facts = {
  old: { instance: 'i-old', privateIp: '172.30.2.145' },
  backend: { instance: 'i-be', privateIp: '172.30.2.145' },
  keygen: { instance: 'i-kg', privateIp: '172.30.2.7' },
  inventory: { addresses: [{ file: 'f', key: 'k' }], keygen: [] },
  units: ['signd.service'],
  certificate: null,
  counts: null,
};

function context(target: string, run: Partial<StepContext['run']> = {}): StepContext {
  return stepContext(settings, target, {
    facts: { [target]: facts as unknown as JsonObject },
    outputs: { 'launch-instance': { instance: 'i-new', privateIp: '172.30.2.191' } },
    run,
  });
}

/** Hosts that answer by their instance and the command; what isn't named answers nothing. */
function hosts(answers: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const shell = {
    read: async (host: { instance?: string; host?: string }, argv: readonly string[]) => {
      const line = `${host.instance ?? host.host} ${argv.join(' ')}`;
      asked.push(line);
      const found = Object.entries(answers).find(([start]) => line.startsWith(start));
      return { code: found === undefined ? 1 : 0, stdout: found?.[1] ?? '', stderr: '' };
    },
  };
  return { asked, readers: { shell } as unknown as Readers };
}

const key = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

it('the old instance passes when its units run and it does what check-service asks for', async () => {
  const { readers, asked } = hosts({ 'i-old systemctl': 'active', 'i-be sign': key });
  expect(await checkOld.verify?.(readers, context(keygen))).toEqual({ ok: true });
  expect(asked.some(line => line.startsWith('i-new'))).toBe(false);
});

it('a unit of the old instance that is down keeps users from hearing that they are back', async () => {
  const { readers } = hosts({ 'i-old systemctl': 'inactive', 'i-be sign': key });
  expect(await checkOld.verify?.(readers, context(keygen))).toMatchObject({
    ok: false,
    why: 'on i-old: signd.service is inactive',
  });
});

it('an old keygen that signs for nobody doesn’t pass', async () => {
  const { readers } = hosts({ 'i-old systemctl': 'active' });
  expect(await checkOld.verify?.(readers, context(keygen))).toMatchObject({
    ok: false,
    why: expect.stringContaining('i-be gets no key'),
  });
});

it('the old backend has a package built only where what a build goes through serves', () => {
  const kinds = (run: Partial<StepContext['run']>) => checkOld.plan?.(context(backend, run)).map(change => change.kind);
  const alone = kinds({ targets: [backend], turned: [backend] });
  expect(alone).toContain('build-package');
  const frontend = settings.byRole.frontend ?? '';
  expect(kinds({ targets: [backend, frontend], turned: [backend] })).not.toContain('build-package');
  expect(kinds({ targets: [backend, frontend], turned: [backend, frontend] })).toEqual(alone);
  for (const role of ['distgit', 'keygen'] as const) {
    const other = settings.byRole[role] ?? '';
    expect(kinds({ targets: [backend, other], turned: [backend] })).not.toContain('build-package');
  }
});

it('the old backend passes when users’ repositories are served, a builder is up, and keygen signs where it serves', async () => {
  const well = {
    'i-old systemctl': 'active',
    'i-old resalloc-maint': '1 - builder',
    'i-old sign': key,
    [`${settings.batcave.host} curl`]: '200',
  };
  const why = async (answers: Readonly<Record<string, string>>, run: Partial<StepContext['run']> = {}) => {
    const verdict = await checkOld.verify?.(hosts({ ...answers, ...well, ...answers }).readers, context(backend, run));
    return verdict?.ok === false ? verdict.why : verdict?.ok;
  };
  expect(await why({})).toBe(true);
  expect(await why({ 'i-old systemctl is-active lighttpd': 'failed' })).toBe('on i-old: lighttpd.service is failed');
  expect(await why({ 'i-old resalloc-maint': 'none' })).toBe('no builder is up yet');
  expect(await why({ 'i-old sign': '' })).toContain('i-old gets no key');
  const away = { targets: [backend, keygen], turned: [backend] };
  expect(await why({ 'i-old sign': '' }, away), 'keygen is away').toBe(true);
  expect(JSON.stringify(checkOld.plan?.(context(backend, away)))).not.toContain('test-signing');
});

it('what was checked in this run serves, though it hasn’t gone back', () => {
  const run = { targets: [backend, keygen], turned: [backend] };
  const here = context(backend, run);
  const checked: StepContext = {
    ...here,
    outputs: (name, step) => (name === keygen && step === 'check-service' ? {} : here.outputs(name, step)),
  };
  expect(JSON.stringify(checkOld.plan?.(checked))).toContain('test-signing');
});

it('the old keygen signs for the backend in use, where there is one that serves', () => {
  const plan = (run: Partial<StepContext['run']>) => checkOld.plan?.(context(keygen, run)) ?? [];
  const signs = plan({ targets: [keygen], turned: [keygen] });
  expect(signs).not.toEqual([]);
  expect(JSON.stringify(signs)).toContain('i-be');
});

it('with the backend’s addresses as they were keygen’s playbook is played again, as the request says', () => {
  for (const step of [allowNewAddress, dropOldAddress]) {
    expect(step.undoEnds?.rule).toContain("keygen's playbook is played again, only iptables, config");
    expect(step.undoEnds?.plan(context(backend))).toMatchObject([
      { kind: 'play-playbook', args: { limit: settings.targets[keygen]?.host, tags: ['iptables', 'config'] } },
    ]);
  }
});

it('a dead address that keygen still lets in, or the live one that it doesn’t, is seen on the host', async () => {
  const filter = (...addresses: string[]) => {
    const rules = addresses.map(one => `\t\tip saddr ${one} tcp dport 5167 counter packets 0 bytes 0 accept`);
    const chain = ['\tchain INPUT {', '\t\ttype filter hook input priority filter; policy accept;', ...rules, '\t}'];
    return hosts({ 'i-kg nft': ['table ip filter {', ...chain, '}'].join('\n') });
  };
  const live = filter('172.30.2.145').readers;
  const both = filter('172.30.2.145', '172.30.2.191').readers;
  const dead = filter('172.30.2.191').readers;
  expect(await allowNewAddress.undone?.(live, context(backend))).toMatchObject({ ok: true });
  expect(await allowNewAddress.undone?.(both, context(backend))).toMatchObject({
    ok: false,
    why: expect.stringContaining('still lets 172.30.2.191 in'),
  });
  expect(await allowNewAddress.undone?.(dead, context(backend))).toMatchObject({ ok: false });
  expect(await dropOldAddress.undone?.(dead, context(backend))).toMatchObject({ ok: false });
  expect(await dropOldAddress.undone?.(live, context(backend))).toMatchObject({ ok: true });
});

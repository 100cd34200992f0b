import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detachVolume } from '#changes/detach-volume.ts';
import { ferry } from '#cli/ferry.ts';
import { stepsWithLaterOutputs } from '#cli/plan/outline.ts';
import type { NewEntry } from '#core/entries.ts';
import { sealEntries } from '#core/seal.ts';
import { steps } from '#jobs/index.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';
import { type Simulator, startSimulator } from '#sim/simulator.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { runCommand } from '#test/builders/run-command.ts';

describe('ferry plan', () => {
  let dir: string;
  let simulator: Simulator;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-plan-'));
    simulator = await startSimulator({ dir, speed: 'max' });
  });
  afterAll(async () => {
    await simulator.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  const plan = (...argv: string[]) => runCommand(() => ferry(['plan', ...argv, '--env-file', join(dir, 'ferry.env')]));

  it('shows every change of a target with real ids, and changes nothing', async () => {
    const effects = simulator.kernel.effects.length;
    const { code, out, err } = await plan('copr-be-dev');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ +detach vol-0860700f1b82314b5, \/dev\/sdd.* from i-068797506af611303$/m);
    expect(out).toMatch(/^ +attach vol-0860700f1b82314b5 as \/dev\/sdd.* to <new-copr-be-dev>$/m);
    expect(out).toContain('tag <root-volume-of-new-copr-be-dev>: ');
    expect(out).toContain('attach-data, STORAGE: ');
    expect(out).not.toContain('[done]');
    expect(simulator.kernel.effects.slice(effects)).toEqual([]);
  });

  it.each(['dev', 'prod'])('shows all four targets of %s, each step planned', async environment => {
    const { code, out, err } = await plan(environment);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toMatch(/isn't known|once what they need is known/);
    expect(out.match(/, launch-instance: /g)).toHaveLength(4);
    expect(out).toMatch(
      /, check-service: .*\n +check: GET https:.*auth-check with the login of .*netrc on batcave01$/m,
    );
  });

  it('writes the changes as commands with --by-hand', async () => {
    const { code, out } = await plan('copr-keygen-dev', '--by-hand');
    expect(code).toBe(0);
    expect(out).toMatch(/^aws ec2 detach-volume .*vol-/m);
  });

  it('shows the targets that are ready beside one that is not, with exit 1', async () => {
    const instance = Object.values(simulator.kernel.state.instances).find(one =>
      one.Tags.some(tag => tag.Key === 'Name' && tag.Value === 'copr-keygen-dev'),
    );
    if (instance === undefined) throw new Error('no keygen');
    const before = instance.State;
    instance.State = { Code: 80, Name: 'stopped' };
    const { code, out, err } = await plan('copr-keygen-dev', 'copr-dist-git-dev');
    instance.State = before;
    expect(code).toBe(1);
    expect(err).toMatch(/copr-keygen-dev isn't ready: i-\w+ \(copr-keygen-dev\) is stopped/);
    expect(out).toMatch(/copr-dist-git-dev, detach-data, STORAGE/);
  });

  it.each([
    [[], /of which target/],
    [['copr-be-dv'], /"copr-be-dv" is no target, environment or run: there are copr-fe-dev/],
    [['copr-be-dev', 'copr-be'], /one environment, these are of dev and prod/],
    [['copr-be-dev', '--to', 'rawhide'], /--to "rawhide" is no release/],
    [['copr-be-dev', '--force'], /--force/],
  ])('refuses %j with one sentence and exit 2', async (argv, sentence) => {
    const { code, out, err } = await plan(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('has words for every output that a plan reads', () => {
    const read = new Set(Object.values(steps).flatMap(step => step.needs ?? []));
    expect([...read].filter(step => !stepsWithLaterOutputs.includes(step))).toEqual([]);
  });
});

/** A run whose readiness was checked and which halted at its data volume. */
function halted(id: string): NewEntry[] {
  const name = 'copr-keygen-dev';
  const options = {
    warmUp: true,
    powerOffOld: false,
    rebootTest: false,
    databaseBackup: 'inside',
    databaseUpgrade: 'link',
    quietOld: 'stop',
  } as const;
  const change = detachVolume({ volume: 'vol-0123456789abcdef0', instance: 'i-0123456789abcdef0', device: '/dev/sdd' });
  const [ready, detach] = [`${name}/check-readiness`, `${name}/detach-data`];
  return [
    {
      type: 'proposed',
      uid: 'uid',
      id,
      what: 'upgrade',
      environment: 'dev',
      targets: [{ name, role: 'keygen', driver: 'alice' }],
      asker: 'alice',
      because: null,
      release: null,
      room: '!work:sim',
      cause: '$event',
      nodes: upgradeGraph(steps, [{ name, role: 'keygen' }], options),
      kinds: {},
      settings: {},
    },
    { type: 'begun', step: ready },
    { type: 'finished', step: ready, outputs: {}, note: null },
    {
      type: 'planned',
      step: detach,
      changes: [{ ...change, id: `${detach}/0`, says: 'detach it', undo: { impossible: 'not here' } }],
    },
    { type: 'begun', step: detach },
    { type: 'halted', step: detach, code: 'busy', sentence: 'it is busy', evidence: [] },
  ];
}

describe('ferry plan RUN', () => {
  let state: string;

  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'ferry-plan-run-'));
    mkdirSync(join(state, 'journal'));
    writeFileSync(join(state, 'journal.key'), '7'.repeat(64), { mode: 0o600 });
    const sealed = sealEntries(testKey, 'dev-12', { seq: 0, hash: '' }, halted('dev-12'), Date.UTC(2026, 10, 23, 16));
    writeFileSync(join(state, 'journal/dev-12.jsonl'), sealed.map(({ text }) => `${text}\n`).join(''));
  });
  afterAll(() => rmSync(state, { recursive: true }));

  const plan = (...argv: string[]) => runCommand(() => ferry(['plan', ...argv, '--state', state]));

  it('shows every step with its state from the mirror alone', async () => {
    const { code, out, err } = await plan('dev-12');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^dev-12, as of \S+Z by the mirror\n/);
    expect(out).toMatch(/\[done\] (?:copr-keygen-dev, )?check-readiness/);
    expect(out).toMatch(/\[halted\] (?:copr-keygen-dev, )?detach-data, STORAGE/);
  });

  it('writes the rest as commands, without what is done', async () => {
    const { out } = await plan('dev-12', '--by-hand');
    expect(out).toContain('# copr-keygen-dev/detach-data');
    expect(out).toMatch(/^aws ec2 detach-volume .*vol-0123456789abcdef0/m);
    expect(out).not.toContain('copr-keygen-dev/check-readiness');
  });

  it('says that there is no such run, where there is no estate either', async () => {
    const { code, err } = await plan('dev-99');
    expect(code).toBe(2);
    expect(err).toMatch(/journal holds no run dev-99/);
  });

  it('says that a mirror with a gap is not whole, with exit 4', async () => {
    const file = join(state, 'journal/dev-12.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(join(state, 'journal/dev-13.jsonl'), lines.filter((_, index) => index !== 1).join('\n'));
    const { code, out, err } = await plan('dev-13');
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toMatch(/the mirror of dev-13 in \S+ lacks entry 2/);
  });
});

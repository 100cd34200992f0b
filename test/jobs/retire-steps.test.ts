import { expect, it } from 'vitest';
import type { JsonObject } from '#core/json.ts';
import type { Readers } from '#engine/define-change.ts';
import { keepDumps } from '#jobs/retire/keep-dumps.ts';
import { releaseTemporary } from '#jobs/retire/release-temporary.ts';
import { terminateOld } from '#jobs/retire/terminate-old.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';

const settings = await exampleSettings('dev');
const target = 'copr-fe-dev';

function context(facts: JsonObject = {}) {
  const known = { old: { instance: 'i-old' }, successor: { instance: 'i-live' }, temporaryVolumes: [], ...facts };
  return stepContext(settings, target, { facts: { [target]: known } });
}

it('what goes is the old instance, where there is one, and what runs turned back from; never the successor', () => {
  const gone = (facts: JsonObject) => terminateOld.plan?.(context(facts)).map(change => change.args.instance);
  expect(gone({})).toEqual(['i-old']);
  expect(gone({ turnedBack: ['i-a', 'i-b'] })).toEqual(['i-old', 'i-a', 'i-b']);
  expect(gone({ old: null, turnedBack: ['i-a'] })).toEqual(['i-a']);
});

it('temporary volumes go, those that the facts name and no others', () => {
  expect(releaseTemporary.plan?.(context())).toEqual([]);
  expect(releaseTemporary.plan?.(context({ temporaryVolumes: ['vol-1'] }))).toMatchObject([
    { kind: 'delete-volume', args: { volume: 'vol-1' } },
  ]);
});

/** What keep-dumps says where the dumps are these, newest first, made at a time (s), and the upgrade began so (ms). */
async function dumps(names: string, madeAt: string, began: readonly number[], facts: JsonObject = {}) {
  const answer = (argv: readonly string[]) => (argv[0] === 'ls' ? names : argv[0] === 'stat' ? madeAt : '');
  const readers = {
    shell: { read: async (_host: unknown, argv: readonly string[]) => ({ code: 0, stdout: answer(argv), stderr: '' }) },
    compute: {
      snapshots: async () => began.map(startedAt => ({ startedAt, tags: { Name: 'x-hot-and-not-clean' } })),
    },
  } as unknown as Readers;
  return keepDumps.verify?.(readers, context(facts));
}

it('a dump of the second in which the newest upgrade began is new enough, one of an earlier upgrade isn’t', async () => {
  expect(await dumps('d.xz\n', '10', [9_000, 10_900])).toEqual({ ok: true, note: 'd.xz' });
  await expect(dumps('d.xz\n', '9', [5_000, 10_900])).rejects.toThrow(/is older than the upgrade/);
});

it('a dump whose age can’t be read is no new one, and a file that is no dump is none', async () => {
  await expect(dumps('d.xz\n', 'unknown', [10_000])).rejects.toThrow(/is older than the upgrade/);
  expect(await dumps('notes\nd.xz\n', '10', [10_000])).toEqual({ ok: true, note: 'd.xz' });
});

it('where nothing goes that ever made a dump none is looked for', async () => {
  expect(await dumps('', '', [10_000], { old: null })).toMatchObject({ ok: true });
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { coprOutlook } from '#chat/copr-outlook.ts';
import type { JsonObject } from '#core/json.ts';
import { checkReadiness } from '#jobs/prepare/check-readiness.ts';
import { hotFixTexts } from '#jobs/read/hot-fix-texts.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { worldWithHosts } from '../builders/change-world.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';
import type { ChangeWorld } from '../contracts/change-scenarios/scenario.ts';

const { instance } = seededTargets['copr-be-dev'];
const file = '/usr/lib/python3.13/site-packages/copr_backend/pulp.py';
const folder = '/usr/share/hot';

let world: ChangeWorld;
beforeAll(async () => {
  world = await worldWithHosts();
});
afterAll(() => world.stop());
beforeEach(() => world.sh(instance, `rm -rf ${folder}; mkdir -p ${folder}`));

const texts = (...paths: string[]) => hotFixTexts(world.readers.shell, { instance }, paths);

test('a mended file is told of before the run, with what stands in it for the thread', async () => {
  const context = stepContext(await exampleSettings('dev'), 'copr-be-dev');
  const read = async () => {
    const found = await checkReadiness.read?.(world.readers, context);
    if (found === undefined) throw new Error('nothing was read');
    return found;
  };
  expect(coprOutlook().hotFixes?.((await read()).facts)).toBeUndefined();
  await world.sh(instance, `echo "# mended by hand" >> ${file}`);
  const { facts, remarks } = await read();
  expect(remarks).toEqual([`Hot-fix on the old host, in no package: ${file} (in thread).`]);
  expect(coprOutlook().hotFixes?.(facts as JsonObject)).toMatch(
    new RegExp(`^== ${file}: \\d+ bytes, changed \\d{4}-.* UTC\\n# Pulp client\\nRETRIES = 3\\n# mended by hand\\n$`),
  );
});

test('what is not for everybody to read is named only', async () => {
  await world.sh(instance, `echo "password = geheim" > ${folder}/secret.conf; chmod 640 ${folder}/secret.conf`);
  const [found] = await texts(`${folder}/secret.conf`);
  expect(found).toMatchObject({ text: null, about: expect.stringMatching(/^18 bytes, .*not for everybody to read/) });
  expect(world.kernel.calls.filter(call => JSON.stringify(call.args).includes('head'))).not.toContainEqual(
    expect.objectContaining({ args: expect.objectContaining({ command: expect.stringContaining('secret.conf') }) }),
  );
});

test('what is no text, no file or not there is named only', async () => {
  await world.sh(instance, `printf 'a\\001b' > ${folder}/binary; mkdir ${folder}/folder`);
  const found = await texts(`${folder}/binary`, `${folder}/folder`, `${folder}/gone`);
  expect(found.map(one => one.text)).toEqual([null, null, null]);
  expect(found.map(one => one.about)).toEqual([expect.stringMatching(/not text$/), 'a directory', 'it is missing']);
});

test('of a long file the beginning is shown, and of many files not more than 48 KiB', async () => {
  const names = Array.from({ length: 8 }, (_, nth) => `${folder}/long-${nth}`);
  for (const name of names) await world.sh(instance, `seq 1 3000 > ${name}`);
  const found = await texts(...names);
  expect(found[0]?.about).toMatch(/^13893 bytes, .*; its first 8192 bytes$/);
  expect(found[0]?.text).toHaveLength(8_192);
  expect(found.map(one => one.text === null)).toEqual([false, false, false, false, false, false, true, true]);
});

import { expect, it } from 'vitest';
import { mustSign } from '#jobs/verify/must-sign.ts';
import { exampleSettings } from '../builders/step-context.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const settings = await exampleSettings('dev');
const key = settings.targets['copr-keygen-dev']?.check.signingKey;
const signs = (answer: object) =>
  mustSign(scriptedReaders({ reads: { [`sign -u ${key} -d`]: answer } }).shell, settings, 'i-backend');

it('the live backend has a test signed before a run goes on', async () => {
  await signs({ stdout: '-----BEGIN PGP SIGNATURE-----\n' });
  await expect(signs({ code: 1, stderr: 'sign: 550 access denied\n' })).rejects.toMatchObject({
    code: 'can-not-sign',
    message: `the live backend i-backend can't have anything signed with ${key}: sign: 550 access denied`,
  });
  await expect(signs({ stdout: '' })).rejects.toMatchObject({ code: 'can-not-sign' });
});

it('nothing is asked for where the estate names no key, or there is no backend', async () => {
  await mustSign(scriptedReaders({}).shell, settings, undefined);
  await mustSign(scriptedReaders({}).shell, { ...settings, byRole: {} }, 'i-backend');
});

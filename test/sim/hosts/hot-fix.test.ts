import { expect, it } from 'vitest';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { hotFixed, makeHotFix } from '#sim/hosts/hot-fix.ts';
import { startPretendHosts } from './pretend-hosts.ts';

it('a file that somebody mended by hand differs from its package', async () => {
  const { instance } = seededTargets['copr-be-dev'];
  const pretend = await startPretendHosts(1);
  try {
    const host = pretend.hosts.byId(instance);
    const verify = async () => (await host?.exec('rpm -V -a --noconfig', { user: 'root', pid: 4 }))?.stdout ?? '';
    expect(await verify()).not.toContain(hotFixed);
    await makeHotFix(host, instance);
    expect(await verify()).toMatch(new RegExp(`5.* ${hotFixed}`));
    await expect(makeHotFix(undefined, 'i-none')).rejects.toThrow('there is no host i-none');
  } finally {
    await pretend.stop();
  }
});

import type { VirtualHost } from './virtual-host.ts';

/** The file of a package that somebody mended on a host: `rpm -V` finds it. */
export const hotFixed = '/usr/lib/python3.13/site-packages/copr_backend/pulp.py';

/**
 * Mends a package's file on a host by hand, as people do in the night: no package has it, so an upgrade loses it.
 *
 * @throws Error when there is no such host.
 */
export async function makeHotFix(host: VirtualHost | undefined, instance: string): Promise<{ file: string }> {
  if (host === undefined) throw new Error(`there is no host ${instance}`);
  const text = await host.fs.readFile(hotFixed).catch(() => '');
  await host.fs.writeFile(hotFixed, `${text}# mended by hand\n`);
  await host.keep();
  host.effect('hot-fix', { file: hotFixed });
  return { file: hotFixed };
}

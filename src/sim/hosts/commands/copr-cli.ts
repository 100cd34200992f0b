import { setTimeout as sleep } from 'node:timers/promises';
import { apiLogins } from '../api-login.ts';
import { type Call, failed, type HostCommand, type Outcome, split } from '../call.ts';
import { fileSystemOf } from '../devices.ts';
import { domain, rolePlans } from '../roles.ts';
import type { VirtualHost } from '../virtual-host.ts';

/** How often the real one asks how a build stands. */
const between = 30_000;

/**
 * `copr-cli build-package`: the frontend takes the build when it knows the login, and it goes through distgit, a builder of
 * the backend and keygen. One that nobody works on stays pending, and copr-cli waits with it.
 */
export const coprCli: HostCommand = async call => {
  const { host, session } = call;
  const { values, operands } = split(call.args, ['--config', '--name']);
  const [verb, project = ''] = operands;
  const name = values.get('--name') ?? '';
  if (verb !== 'build-package' || project === '' || name === '') return failed('usage: copr-cli [-h] action …', 2);
  const config = await host.fs.readFile(values.get('--config') ?? '').catch(() => '');
  const given = (key: string) => new RegExp(`^${key} *= *(\\S+)$`, 'm').exec(config)?.[1] ?? '';
  if (given('token') === '') return failed('Error: Operation requires api authentication', 6);
  await host.wait(4_000, session);
  const frontend = host.neighbours.byAddress(/^https?:\/\/([^/]+)/.exec(given('copr_url'))?.[1] ?? '');
  const data = dataOf(frontend, '/srv/copr-fe', 'httpd.service', 'postgresql.service');
  if (frontend === undefined || data === undefined)
    return failed('\nSomething went wrong:\nError: Unable to connect to the frontend.');
  const account = apiLogins[frontend.state.environment ?? 'dev'];
  if (account.login !== given('login') || account.token !== given('token'))
    return failed(
      '\nSomething went wrong:\nError: Login invalid/expired. Please visit /api to get or renew your API token.',
    );
  const id = Number(data.highestBuild ?? 0) + 1;
  data.highestBuild = id;
  frontend.effect('build-created', { build: id, project, package: name });
  const printer = new Printer(call);
  await printer.line(`Build was added to ${project.split('/').at(-1)}:`);
  await printer.line(`  ${given('copr_url')}/coprs/build/${id}`);
  await printer.line(`Created builds: ${id}`);
  await printer.line('Watching build(s): (this may be safely interrupted)');
  const at = (role: keyof typeof rolePlans) =>
    host.neighbours.byAddress(`${rolePlans[role].hosts[frontend.state.environment ?? 'dev']}${domain}`);
  const state = (what: string) => printer.line(`  ${new Date().toISOString().slice(11, 19)} Build ${id}: ${what}`);
  const ends = async (why: string) => {
    await state('failed');
    return printer.end(4, `\nBuild error: Build(s) ${id} failed.\n${why}`);
  };
  await state('importing');
  await host.wait(between, session);
  if (dataOf(at('distgit'), '/var/lib/dist-git', 'httpd.service', 'copr-dist-git.service') === undefined)
    return ends('Import failed: dist-git does not answer.');
  await state('pending');
  while (!builds(at('backend')) && session.signal?.aborted !== true) {
    await host.wait(between, session);
    // Without delays, too, others have their turn.
    await sleep(20);
  }
  await state('running');
  await host.wait(2 * between, session);
  if (session.signal?.aborted === true) return failed('', 137);
  if (session.fault !== undefined) return ends('error: Bad exit status from /var/tmp/rpm-tmp.8Qx2 (%build)');
  if (dataOf(at('keygen'), '/var/lib/copr-keygen', 'signd.service') === undefined)
    return ends('Signing of the packages failed.');
  await state('succeeded');
  return printer.end(0);
};

/** What a host's file system holds, while all these units of it run. */
function dataOf(host: VirtualHost | undefined, path: string, ...units: readonly string[]) {
  if (host?.state.up !== true || units.some(unit => host.state.units[unit]?.active !== true)) return undefined;
  const mount = host.state.mounts.find(one => one.target === path);
  return mount === undefined ? undefined : fileSystemOf(host.kernel.state, mount.on)?.data;
}

/** A builder is there, and somebody who gives it work. */
function builds(host: VirtualHost | undefined): boolean {
  const data = dataOf(host, '/var/lib/copr/public_html', 'copr-backend.target', 'lighttpd.service');
  return data !== undefined && (host?.state.builders.length ?? 0) > 0;
}

/** Prints while the command goes on. */
class Printer {
  readonly #call: Call;
  #kept = '';

  constructor(call: Call) {
    this.#call = call;
  }

  async line(text: string): Promise<void> {
    const { host, session } = this.#call;
    if (!(await host.say(session, `${text}\n`))) this.#kept += `${text}\n`;
  }

  end(code: number, err = ''): Outcome {
    return { code, out: this.#kept, err: err === '' ? '' : `${err}\n` };
  }
}

import { type Call, failed, type HostCommand, has, type Outcome, split } from '../call.ts';
import type { DnsWorld } from '../neighbours.ts';
import { rolePlans } from '../roles.ts';
import { isTrue, viewOf } from './inventory-view.ts';
import { logPlay } from './log-play.ts';
import { type Play, type Task, tasksOf } from './tasks.ts';

const wholePlay = 12 * 60_000;
const taggedPlay = 80_000;

/**
 * Plays a role's playbook on one host: the host is found by the name's address, the variables in the checkout's inventory.
 * Exit 0 passed, 2 a task failed, 4 the host can't be reached; as ansible-playbook does.
 */
export const rbacPlaybook: HostCommand = async call => {
  const { host: batcave, session } = call;
  if (batcave.state.id !== 'batcave01') return failed('rbac-playbook: command not found', 127);
  const { flags, values, operands } = split(call.args, ['-l', '--limit', '-t', '--tags', '-e', '--extra-vars']);
  const name = values.get('-l') ?? values.get('--limit');
  const book = operands[0]?.replace(/^.*\/playbooks\//, '').replace(/^playbooks\//, '');
  if (book === 'update_dns.yml' && batcave.neighbours.dns !== undefined)
    return updateDns(new Printer(call), call, batcave.neighbours.dns);
  const plan = Object.values(rolePlans).find(one => one.playbook === book);
  if (plan === undefined) return failed(`ERROR! the playbook: ${book ?? ''} could not be found`, 1);
  if (name === undefined) return failed('rbac-playbook: a limit (-l) is needed', 1);
  const view = await viewOf(batcave, name);
  const wanted = values.get('-t') ?? values.get('--tags');
  const printer = new Printer(call);
  const check = has(flags, '--check', '-C');
  printer.logs({ playbook: plan.playbook, name, check });
  await printer.line(`PLAY [${plan.playbook.replace('groups/', '').replace('.yml', '')}]`);
  const groups = ['dev_aws', 'aws'].map(
    end => `copr_${{ frontend: 'front', backend: 'back', distgit: 'dist_git', keygen: 'keygen' }[plan.role]}_${end}`,
  );
  if (view === undefined || !view.groups.some(group => groups.includes(group))) {
    await printer.plain('skipping: no hosts matched');
    return printer.end(0, `[WARNING]: Could not match supplied host pattern, ignoring: ${name}`);
  }
  const target = batcave.neighbours.byAddress(name);
  await batcave.wait(4_000, session);
  await printer.line('TASK [Gathering Facts]');
  if (target === undefined || !target.state.up || target.state.role !== plan.role) {
    await printer.plain(
      `fatal: [${name}]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh", "unreachable": true}`,
    );
    await printer.recap(name, { unreachable: 1 });
    return printer.end(4);
  }
  await printer.plain(`ok: [${name}]`);
  const play: Play = { target, batcave, name, plan, vars: view.vars, check, diff: [] };
  const tags = wanted?.split(',');
  const tasks = tasksOf(plan).filter(one => tags === undefined || one.tags.some(tag => tags.includes(tag)));
  const code = await playAll(
    call,
    printer,
    play,
    tasks,
    tags === undefined ? wholePlay : taggedPlay,
    has(flags, '--diff', '-D'),
  );
  if (session.signal?.aborted === true) return failed('', 137);
  await target.keep();
  if (!check)
    target.effect('playbook-ran', {
      playbook: plan.playbook,
      limit: name,
      ...(wanted === undefined ? {} : { tags: wanted }),
      code,
      services_disabled: isTrue(view.vars.services_disabled),
    });
  return printer.end(code);
};

/** `update-dns` on one name server after the other. A fault leaves those after the first as they were. */
async function updateDns(printer: Printer, { host: batcave, session }: Call, dns: DnsWorld): Promise<Outcome> {
  await printer.line('PLAY [push out new dns]');
  await printer.line('TASK [run update-dns]');
  for (const [nth, server] of dns.servers.entries()) {
    await batcave.wait(8_000, session);
    if (session.signal?.aborted === true) return failed('', 137);
    if (nth > 0 && session.fault !== undefined) {
      await printer.plain(`fatal: [${server}]: FAILED! => {"changed": false, "msg": "non-zero return code"}`);
      await printer.recap(server, { failed: 1 });
      return printer.end(2);
    }
    dns.update(server);
    await printer.plain(`changed: [${server}]`);
  }
  await printer.recap(dns.servers.join(' '), { ok: 1, changed: 1 });
  return printer.end(0);
}

async function playAll(
  call: Call,
  printer: Printer,
  play: Play,
  tasks: readonly Task[],
  time: number,
  showDiff: boolean,
): Promise<number> {
  const { host: batcave, session } = call;
  const all = tasks.reduce((sum, one) => sum + one.weight, 0);
  const counts: Record<string, number> = { ok: 1, changed: 0, skipped: 0, failed: 0 };
  const broken = session.fault === undefined ? -1 : Math.floor(tasks.length * 0.6);
  for (const [nth, one] of tasks.entries()) {
    await printer.line(`TASK [${one.role} : ${one.name}]`);
    await batcave.wait((time * one.weight) / all, session);
    if (session.signal?.aborted === true) return 137;
    if (!play.target.state.up) {
      await printer.plain(
        `fatal: [${play.name}]: UNREACHABLE! => {"changed": false, "msg": "Data could not be sent to remote host", "unreachable": true}`,
      );
      await printer.recap(play.name, { ...counts, unreachable: 1 });
      return 4;
    }
    play.diff.length = 0;
    const said =
      nth === broken
        ? { fatal: session.fault?.kind === 'disk-full' ? 'No space left on device' : 'non-zero return code' }
        : await one.act(play);
    if (showDiff && play.diff.length > 0) await printer.plain(play.diff.join('\n'));
    if (typeof said === 'object') {
      counts.failed = 1;
      await printer.plain(`fatal: [${play.name}]: FAILED! => {"changed": false, "msg": ${JSON.stringify(said.fatal)}}`);
      await printer.recap(play.name, counts);
      return 2;
    }
    await printer.plain(`${said}: [${play.name}]`);
    if (said === 'skipping') counts.skipped = (counts.skipped ?? 0) + 1;
    else counts.ok = (counts.ok ?? 0) + 1;
    if (said === 'changed') counts.changed = (counts.changed ?? 0) + 1;
  }
  await printer.recap(play.name, counts);
  return 0;
}

/** Prints as Ansible does; into the output of a detached command while it goes on. */
class Printer {
  readonly #call: Call;
  readonly #startedAt = new Date();
  #kept = '';
  #played: { readonly playbook: string; readonly name: string; readonly check: boolean } | undefined;
  #task = '';

  constructor(call: Call) {
    this.#call = call;
  }

  /** What is logged at the end. */
  logs(played: { readonly playbook: string; readonly name: string; readonly check: boolean }): void {
    this.#played = played;
  }

  async line(title: string): Promise<void> {
    this.#task = /^TASK \[(?:.* : )?(.*)\]$/.exec(title)?.[1] ?? this.#task;
    await this.plain(`\n${title} ${'*'.repeat(Math.max(3, 78 - title.length))}`);
  }

  async plain(text: string): Promise<void> {
    const { host, session } = this.#call;
    if (!(await host.say(session, `${text}\n`))) this.#kept += `${text}\n`;
  }

  async recap(name: string, counts: Readonly<Record<string, number>>): Promise<void> {
    await this.line('PLAY RECAP');
    const all = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, ...counts };
    await this.plain(
      `${name.padEnd(42)} : ${Object.entries(all)
        .map(([key, value]) => `${key}=${value}`)
        .join('    ')}`,
    );
    if (this.#played === undefined) return;
    const failed = all.failed === 0 ? [] : [this.#task];
    const unreachable = all.unreachable === 0 ? {} : { unreachable: this.#task };
    await logPlay(this.#call, this.#startedAt, { ...this.#played, counts, failed, ...unreachable });
  }

  end(code: number, err = ''): Outcome {
    return { code, out: this.#kept, err: err === '' ? '' : `${err}\n` };
  }
}

import type { Call } from '../call.ts';

/** What `logdetail` writes of a play on one host. */
export interface PlayedOn {
  /** Relative to the checkout's playbooks. */
  readonly playbook: string;
  /** As the inventory has it. */
  readonly name: string;
  readonly check: boolean;
  readonly counts: Readonly<Record<string, number>>;
  /** Names of tasks that failed, and of one at which the host was unreachable. */
  readonly failed: readonly string[];
  readonly unreachable?: string;
}

const folder = '/var/log/ansible';

/**
 * Writes it where batcave01's ansible.cfg has it, in the callback's own form; the host's log isn't compressed. Who is logged in played it,
 * whoever sudo makes of them.
 */
export async function logPlay({ host, session }: Call, startedAt: Date, played: PlayedOn): Promise<void> {
  const { playbook, name, check, counts, failed, unreachable } = played;
  const book = playbook.replace(/^.*\//, '').replace('.yml', '');
  const [day = '', time = ''] = startedAt.toISOString().split('T');
  const path = `${folder}/${book}/${day.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '.')}`;
  const now = new Date()
    .toUTCString()
    .slice(5, 25)
    .replace(/^(\d\d) (\w{3}) /, '$2 $1 ');
  const line = (count: number, category: string, task: string, data: object) =>
    `${now}\t${count}\t${check ? 'CHECK:' : ''}${category}\t${task}\t${JSON.stringify(data)}\n`;
  const { failed: failures = 0, ...others } = counts;
  const stats = { ok: 0, failures, unreachable: 0, changed: 0, skipped: 0, rescued: 0, ignored: 0, ...others };
  const lines = [
    ...failed.map(task => line(1, 'FAILED', task, { msg: 'non-zero return code' })),
    ...(unreachable === undefined ? [] : [line(1, 'UNREACHABLE', unreachable, { output: {} })]),
    line(0, 'STATS', 'None', { ...stats, task_userid: session.user }),
  ];
  const info = { playbook: `/srv/web/infra/ansible/playbooks/${playbook}`, userid: session.user, check, diff: false };
  await host.fs.mkdir(path, { recursive: true });
  await host.fs.writeFile(`${path}/${name}.log`, lines.join(''));
  await host.fs.writeFile(`${path}/playbook-${session.pid}.info`, `${JSON.stringify(info, null, 4)}\n`);
}

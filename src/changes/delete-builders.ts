import { type ChangeMaker, defineChange, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { type Builder, parseResallocList } from './parsers/resalloc-list.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { counted } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef };

/** The user who owns resalloc's database. */
const as = 'resalloc';

/**
 * Deletes all builders, and waits until the list is empty. `resource-delete --all` is the newer way of the field, naming
 * each one is the document's, for a resalloc that doesn't know --all. Source: procedure, drain-builders; the document,
 * "Terminate resalloc resources".
 */
export const deleteBuilders: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'delete-builders',
  version: 1,
  repeat: 'converges',
  limit: 'holders',

  say: ({ host }) => `on ${hostName(host)} delete all builders that there are then`,

  async look(ports, { host }) {
    const builders = await list(ports, host);
    if (builders.length === 0) return { is: 'after', output: {} };
    const going = builders.filter(one => one.status.startsWith('DELET'));
    if (going.length === builders.length) {
      return { is: 'under-way', saw: `${counted(going.length, 'builder is', 'builders are')} being deleted` };
    }
    return { is: 'before', before: builders.map(one => one.name) };
  },

  async make(ports, { host }, send) {
    const all = await ports.shell.run(host, ['resalloc-maint', 'resource-delete', '--all'], send, {
      as,
      limitMs: 120_000,
    });
    if (all.code === 0) return;
    const ids = (await list(ports, host)).map(one => one.id);
    if (ids.length === 0) return;
    const argv = ['resalloc-maint', 'resource-delete', ...ids];
    await runOrRefuse(ports, { host, argv, what: 'delete builders', as, limitMs: 120_000 }, send);
  },

  inverse: () => ({ rule: 'resalloc starts new builders by itself once its pools have their old max' }),

  byHand: ({ host }) => onHost(host, 'resalloc-maint resource-delete --all', as),
});

async function list({ shell }: Pick<Readers, 'shell'>, host: HostRef): Promise<Builder[]> {
  const text = await readOrRefuse(shell, host, ['resalloc-maint', 'resource-list'], { as });
  return parseResallocList(text).filter(one => one.status !== 'ENDED');
}

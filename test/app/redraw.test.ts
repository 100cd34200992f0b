import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { kinds } from '#changes/index.ts';
import type { Draft } from '#core/altered-estate.ts';
import { inOrder } from '#core/graph.ts';
import { parseEstate } from '#estate/read-estate.ts';
import { steps } from '#jobs/index.ts';
import { returnedSettings } from '#jobs/returned-settings.ts';
import type { ReturnSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { graphOf, proposer } from '../../src/app/proposer.ts';
import { redrawer } from '../../src/app/redraw.ts';
import { History } from '../builders/history.ts';

const text = readFileSync(join(import.meta.dirname, '../../estate.example.yaml'), 'utf8');
const publicKey = 'ssh-ed25519 AAAA';

/** A run of copr-be-dev that was proposed by the example, and the estate as its file says now. */
async function proposed() {
  const document = parseDocument(text);
  let estate = parseEstate(text, 'estate.yaml');
  const parts = { estate: () => estate, steps, publicKey };
  const request = {
    what: 'upgrade' as const,
    environment: 'dev',
    targets: ['copr-be-dev'],
    asker: 'alice',
    because: null,
    release: null,
    room: '!room',
  };
  const prepared = await proposer({
    ...parts,
    procedure: { steps, kinds },
    runs: () => ({ list: async () => [] }),
  }).prepare(request);
  const history = new History({ type: 'proposed', id: 'dev-1', uid: 'u', cause: '$c', ...request, ...prepared });
  const says = (path: readonly string[], value: unknown) => {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
    estate = parseEstate(document.toString(), 'estate.yaml');
  };
  const redraw = redrawer(parts);
  return { history, says, redrawn: () => redraw(history.run) };
}

const draftOf = (found: ReturnType<Awaited<ReturnType<typeof proposed>>['redrawn']>): Draft => {
  if (found === undefined || 'impossible' in found.draft) throw new Error(`no draft: ${JSON.stringify(found)}`);
  return found.draft;
};

describe('a run and the estate of now', () => {
  it('agree until the file says something else that the run was drawn from', async () => {
    const { says, redrawn } = await proposed();
    expect(redrawn()).toBeUndefined();
    says(['environments', 'dev', 'settle_for'], '2h');
    expect(redrawn()).toBeUndefined();
    says(['environments', 'dev', 'options', 'database_upgrade'], 'copy');
    expect(redrawn()).toMatchObject({
      altered: ['environments.dev.options.database_upgrade: link → copy'],
      draft: { nodes: [], gone: [], settings: { environment: { options: { databaseUpgrade: 'copy' } } } },
    });
    says(['environments', 'dev', 'options', 'database_upgrade'], 'link');
    expect(redrawn()).toBeUndefined();
  });

  it('differ in their graph where an option adds a step, which comes in its order', async () => {
    const { history, says, redrawn } = await proposed();
    says(['environments', 'dev', 'options', 'power_off_old'], true);
    const { settings, nodes, gone } = draftOf(redrawn());
    expect(nodes.map(node => node.step)).toEqual(['power-off-old', 'snapshot-data']);
    expect(gone).toEqual([]);
    history.add({ type: 'estate-altered', altered: [], settings, nodes, gone, made: [] });
    expect(redrawn()).toBeUndefined();
    const order = inOrder(history.run.graph);
    const at = (step: string) => order.indexOf(`copr-be-dev/${step}`);
    expect(at('power-off-old')).toBeGreaterThan(at('unmount-data'));
    expect(at('power-off-old')).toBeLessThan(at('snapshot-data'));
    says(['environments', 'dev', 'options', 'power_off_old'], false);
    const back = draftOf(redrawn());
    expect(back.gone).toEqual(['copr-be-dev/power-off-old']);
    history.add({ type: 'estate-altered', altered: [], ...back, made: [] });
    expect(history.run.steps['copr-be-dev/power-off-old']).toBeUndefined();
    expect(inOrder(history.run.graph)).not.toContain('copr-be-dev/power-off-old');
  });

  it('keep a step that has begun, whatever the options say by then', async () => {
    const { history, says, redrawn } = await proposed();
    history.add({ type: 'begun', step: 'copr-be-dev/warm-up' });
    says(['environments', 'dev', 'options', 'warm_up'], false);
    expect(draftOf(redrawn()).gone).toEqual([]);
  });

  it('are kept apart where a new step would come before what has begun', async () => {
    const { history, says, redrawn } = await proposed();
    says(['environments', 'dev', 'options', 'warm_up'], false);
    history.add({ type: 'estate-altered', altered: [], ...draftOf(redrawn()), made: [] });
    history.add({ type: 'begun', step: 'copr-be-dev/associate-temporary-address' });
    says(['environments', 'dev', 'options', 'warm_up'], true);
    expect(redrawn()?.draft).toMatchObject({
      impossible: expect.stringMatching(
        /^copr-be-dev\/warm-up would come before copr-be-dev\/associate-temporary-address, which has begun: /,
      ),
    });
  });

  it('are kept apart where its target, or its environment, is gone', async () => {
    const { says, redrawn } = await proposed();
    says(['targets', 'copr-be-dev'], undefined);
    expect(redrawn()).toMatchObject({
      altered: [expect.stringMatching(/^targets\.copr-be-dev: .* → nothing$/)],
      draft: {
        impossible: expect.stringMatching(/^copr-be-dev is no longer a target of dev: put targets\.copr-be-dev back/),
      },
    });
  });

  it('are kept apart where another version drew the graph, and only where that matters', async () => {
    const { history, says, redrawn } = await proposed();
    const node = history.run.graph['copr-be-dev/snapshot-data']!;
    history.run.graph = { ...history.run.graph, [node.key]: { ...node, after: [] } };
    says(['targets', 'copr-be-dev', 'root_gib'], 50);
    expect(draftOf(redrawn())).toMatchObject({ nodes: [], gone: [] });
    says(['environments', 'dev', 'options', 'power_off_old'], true);
    expect(redrawn()?.draft).toMatchObject({ impossible: expect.stringContaining('by another version of Ferry') });
  });
});

/** A return of copr-fe-dev, whose database comes back from a clean snapshot, and the estate as its file says now. */
function returning() {
  const document = parseDocument(text);
  let estate = parseEstate(text, 'estate.yaml');
  const returns: Record<string, ReturnSettings> = {
    'copr-fe-dev': {
      upgrade: 'dev-1',
      since: 0,
      kept: {
        ...{ instance: 'i-old', networkInterface: 'eni-old', privateIp: '172.30.2.9', rootVolume: 'vol-root' },
        ...{ fedora: 41, hostKeys: ['ssh-ed25519 OLD'], ipv6: null },
      },
      launched: { instance: 'i-new', hostKeys: ['ssh-ed25519 NEW'], ipv6: null },
      undo: {},
      oldCluster: null,
      snapshots: [{ volume: 'vol-data', snapshot: 'snap-clean' }],
      lost: ['what was written since'],
      remarks: [],
    },
  };
  const what = 'return' as const;
  const targets = [{ name: 'copr-fe-dev', role: 'frontend' as const, driver: 'alice' }];
  const settings = returnedSettings(settingsOf(estate, 'dev', publicKey), returns);
  const history = new History({
    ...{ type: 'proposed', id: 'dev-2', uid: 'u', cause: '$c', what, environment: 'dev', targets, asker: 'alice' },
    ...{ because: null, release: null, room: '!room', kinds: {} },
    nodes: graphOf({ what, targets }, settings, steps),
    settings: settings as never,
  });
  const says = (path: readonly string[], value: unknown) => {
    document.setIn(path, value);
    estate = parseEstate(document.toString(), 'estate.yaml');
  };
  const redraw = redrawer({ estate: () => estate, steps, publicKey });
  return { history, returns, says, redrawn: () => redraw(history.run) };
}

describe('a return and the estate of now', () => {
  it('agree while people tell the estate of the upgrade: what its journal said stays', () => {
    const { says, redrawn } = returning();
    expect(redrawn()).toBeUndefined();
    says(['targets', 'copr-fe-dev', 'host_keys'], ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBB']);
    expect(redrawn()).toBeUndefined();
  });

  it('where they differ it is drawn anew as a return, from the same upgrade and the same clean snapshots', () => {
    const { history, returns, says, redrawn } = returning();
    says(['environments', 'dev', 'options', 'power_off_old'], true);
    expect(redrawn()?.altered).toEqual(['environments.dev.options.power_off_old: false → true']);
    const { settings, nodes, gone } = draftOf(redrawn());
    expect(settings).toMatchObject({ returns });
    expect(nodes.map(node => node.step)).toContain('power-off-old');
    expect(nodes.map(node => node.step)).not.toContain('attach-data');
    expect(gone).toEqual([]);
    history.add({ type: 'estate-altered', altered: [], settings, nodes, gone, made: [] });
    expect(redrawn()).toBeUndefined();
    const order = inOrder(history.run.graph);
    const at = (step: string) => order.indexOf(`copr-fe-dev/${step}`);
    expect(at('power-off-old')).toBeLessThan(at('restore-data'));
    expect(order).not.toContain('copr-fe-dev/attach-data');
  });

  it('are kept apart where a new step would come before what has begun', () => {
    const { history, says, redrawn } = returning();
    says(['environments', 'dev', 'options', 'power_off_old'], true);
    history.add({ type: 'begun', step: 'copr-fe-dev/snapshot-data' });
    expect(redrawn()?.draft).toMatchObject({
      impossible: expect.stringMatching(
        /^copr-fe-dev\/power-off-old would come before copr-fe-dev\/snapshot-data, which/,
      ),
    });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { kinds } from '#changes/index.ts';
import type { Draft } from '#core/altered-estate.ts';
import { inOrder } from '#core/graph.ts';
import { parseEstate } from '#estate/read-estate.ts';
import { steps } from '#jobs/index.ts';
import { proposer } from '../../src/app/proposer.ts';
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

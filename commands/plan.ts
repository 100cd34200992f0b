import { byHandText, planText } from '#chat/cards/plan.ts';
import { targetsOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { split } from '#chat/fitting.ts';
import { BadInput } from '#core/errors.ts';
import type { Node } from '#core/graph.ts';
import type { Run } from '#core/run.ts';

export const plan = defineCommand({
  name: 'plan',
  usage: 'TARGET…, ENV or RUN [by-hand]',
  help: 'every change it would make; changes nothing',
  detail: 'Of a run: every change with its real ids, as far as they are known; by-hand: as commands to type.',
  takes: { run: true, target: 'many', environment: true, words: ['by-hand'] },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: ['runs', 'drawing', 'estate', 'proposer'],
  async run({ runs, drawing, estate, proposer, ...asking }, { run: id, targets: named, environment, words }) {
    const open = (await runs.list()).filter(run => asking.environments.includes(run.environment));
    const names = environment === undefined ? named : targetsOf(estate, environment);
    const has = (run: Run) =>
      run.ended === undefined && names.length > 0 && names.every(name => run.targets.some(one => one.name === name));
    const unnamed = id === undefined && names.length === 0;
    const opened = open.filter(run => run.ended === undefined);
    const run = open.find(one =>
      id === undefined ? (unnamed ? opened.length === 1 && one === opened[0] : has(one)) : one.id === id,
    );
    if (run !== undefined) {
      const text = words.includes('by-hand') ? byHandText(run, drawing) : planText(run, drawing);
      return answer(asking, whole(`${run.id}:\n${text}`, run.id), run.id);
    }
    if (id !== undefined) throw new BadInput(id, `there is no run ${id} here.`);
    const [first] = names;
    const of = first === undefined ? undefined : estate.targets[first]?.environment;
    if (of === undefined) throw new BadInput('target', 'of which target, environment or run?');
    if (!asking.environments.includes(of)) throw new BadInput('target', `${of} isn't worked on in this room.`);
    const prepared = await proposer.prepare({
      what: 'upgrade',
      environment: of,
      targets: names,
      asker: asking.person ?? 'nobody',
      because: null,
      release: null,
      room: asking.room,
    });
    const lines = prepared.nodes.map(stepLine);
    const head = `An upgrade of ${names.join(', ')} would do this; ids are known once it is proposed. Nothing was changed.`;
    return answer(asking, whole([head, ...lines].join('\n'), names.join(' ')));
  },
});

function stepLine(node: Node): string {
  return `  ${node.key}${node.gate === undefined ? '' : `, ${node.gate.toUpperCase()}`}: ${node.title}`;
}

/** The first message's worth, and where the rest is. */
function whole(text: string, of: string): string {
  const [first = [], ...rest] = split(text.split('\n'), 23_000);
  return rest.length === 0 ? text : [...first, `… more than fits one message; the whole: ferry plan ${of}`].join('\n');
}

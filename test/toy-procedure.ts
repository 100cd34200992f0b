import type { Change } from '#core/change.ts';
import type { Announcement, EntryOf, NewEntry, RunTarget } from '#core/entries.ts';
import { type Gate, type Graph, type Node, nodeKey, wholeRun } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import { kindsOf } from '#engine/define-change.ts';
import { defineStep, stepsOf } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { toyKinds } from './toy-kinds.ts';
import type { ToyPort } from './toy-world.ts';

/** A procedure in small: each way of repeating a change, each phase, four gates. It acts on a toy world. */
export interface ToyProcedure extends Procedure {
  /** The graph of an upgrade of some targets. */
  readonly nodes: (targets: readonly string[]) => Node[];
}

/** @param world what the changes act on; without one nothing can be looked at or made, only planned. */
export function toyProcedure(world?: ToyPort): ToyProcedure {
  const port: ToyPort = world ?? nowhere;

  const { put, make, write, ring, brew, all } = toyKinds(port);

  const move = (target: string, part: string, facts: JsonObject | undefined): Change => {
    if (facts === undefined) throw new Error(`no facts of ${target}`);
    const from = (facts.things as Record<string, string>)[`${target}.${part}`] ?? 'nowhere';
    return put({ thing: `${target}.${part}`, from, to: 'new' });
  };

  const tell = (event: string, text: string): Announcement => {
    return { item: `${event}/tell`, channel: 'tell', to: ['#toys'], subject: '', text };
  };

  const steps = stepsOf([
    defineStep({
      id: 'check-readiness',
      title: 'Read the facts',
      danger: 'safe',
      async read(_ports, { target }) {
        const { things } = await port.read();
        const mine = Object.entries(things).filter(([name]) => name.startsWith(`${target}.`));
        return { facts: { things: Object.fromEntries(mine) }, remarks: [] };
      },
    }),
    defineStep({
      id: 'make-new',
      title: 'Make the new one',
      danger: 'safe',
      plan: ({ target }) => [make({ name: target })],
    }),
    defineStep({
      id: 'open-door',
      title: 'Open the door to the new one',
      danger: 'disruptive',
      gate: 'live',
      needs: ['make-new'],
      plan({ target, outputs }) {
        const to = String(outputs(target, 'make-new')?.id ?? 'nobody');
        return [put({ thing: `door.${target}`, from: 'shut', to })];
      },
    }),
    defineStep({
      id: 'announce-outage',
      title: 'Say that the outage begins',
      danger: 'safe',
      tell: () => [{ item: 'begins/tell', channel: 'tell', to: ['#toys'], subject: 'begins', text: 'Toys are away.' }],
    }),
    defineStep({
      id: 'stop-services',
      title: 'Stop',
      danger: 'disruptive',
      gate: 'outage',
      plan: ({ target }) => [put({ thing: `service.${target}`, from: 'up', to: 'down' })],
    }),
    defineStep({
      id: 'write-line',
      title: 'Write it down',
      danger: 'safe',
      plan: ({ target }) => [write({ text: `line of ${target}` })],
    }),
    defineStep({
      id: 'move-parts',
      title: 'Move the parts',
      danger: 'disruptive',
      gate: 'storage',
      order: 'together',
      plan: ({ target, facts }) => ['lid', 'handle'].map(part => move(target, part, facts(target))),
    }),
    defineStep({
      id: 'brew',
      title: 'Brew',
      danger: 'disruptive',
      gate: 'address',
      plan: ({ target }) => [brew({ pot: target })],
    }),
    defineStep({
      id: 'ring-bell',
      title: 'Ring the bell',
      danger: 'irreversible',
      gate: 'database',
      plan: ({ target }) => [ring({ bell: target })],
    }),
    defineStep({
      id: 'check-service',
      title: 'Check',
      danger: 'safe',
      limit: 'short',
      async verify(_ports, { target }) {
        const { things } = await port.read();
        const ok = things[`service.${target}`] === 'down' && things[`${target}.lid`] === 'new';
        return ok ? { ok: true, note: 'all there' } : { ok: false, why: `${target} is not as it should be` };
      },
    }),
    defineStep({ id: 'announce-over', title: 'Say that it is over', danger: 'safe' }),
    defineStep({
      id: 'announce-way-back',
      title: 'Say that toys go away once more',
      danger: 'safe',
      tell: ({ run }) => [tell(`begins-${run.outage}`, 'Toys are away again.')],
    }),
    defineStep({
      id: 'check-old',
      title: 'Check what was there before',
      danger: 'safe',
      safeguard: true,
      limit: 'short',
      async verify(_ports, { target }) {
        const { things } = await port.read();
        const ok = things[`service.${target}`] === 'up' && things[`${target}.lid`] === 'old';
        return ok ? { ok: true, note: 'as before' } : { ok: false, why: `the old ${target} is not as it was` };
      },
    }),
    defineStep({
      id: 'announce-back',
      title: 'Say that toys are back',
      danger: 'safe',
      tell: ({ run }) => [tell(`over-${run.outage}`, 'Toys are back.')],
    }),
    defineStep({
      id: 'shut-door',
      title: 'Shut the door',
      danger: 'disruptive',
      gate: 'address',
      needs: ['make-new'],
      plan({ target, outputs }) {
        const from = String(outputs(target, 'make-new')?.id ?? 'nobody');
        return [put({ thing: `door.${target}`, from, to: 'shut' })];
      },
    }),
  ]);

  return {
    steps,
    kinds: kindsOf(all),
    wayBack: {
      begins: 'announce-way-back',
      check: { step: 'check-old', as: 'check-service' },
      over: 'announce-back',
    },
    nodes: targets => toyNodes(targets, steps),
  };
}

const nowhere: ToyPort = {
  read: () => Promise.reject(new Error('there is no toy world here')),
  act: () => Promise.reject(new Error('there is no toy world here')),
};

/** The outage's steps of one target, each after the ones named. */
const outage: readonly (readonly [string, readonly string[]])[] = [
  ['stop-services', []],
  ['write-line', ['stop-services']],
  ['move-parts', ['stop-services']],
  ['brew', ['write-line', 'move-parts']],
  ['ring-bell', ['brew']],
  ['check-service', ['ring-bell']],
];

function toyNodes(targets: readonly string[], steps: ToyProcedure['steps']): Node[] {
  const node = (target: string, step: string, phase: Node['phase'], after: readonly string[]): Node => {
    const { title, danger, gate } = steps[step]!;
    return { key: nodeKey(target, step), target, step, title, phase, danger, gate, after };
  };
  const nodes: Node[] = [];
  const begins = nodeKey(wholeRun, 'announce-outage');
  const over = nodeKey(wholeRun, 'announce-over');
  for (const target of targets) {
    const of = (step: string) => nodeKey(target, step);
    nodes.push(node(target, 'check-readiness', 'prepare', []));
    nodes.push(node(target, 'make-new', 'prepare', [of('check-readiness')]));
    nodes.push(node(target, 'open-door', 'prepare', [of('make-new')]));
  }
  const prepared = targets.map(target => nodeKey(target, 'open-door'));
  nodes.push(node(wholeRun, 'announce-outage', 'outage', prepared));
  for (const target of targets) {
    for (const [step, after] of outage) {
      const before = after.length === 0 ? [begins] : after.map(one => nodeKey(target, one));
      nodes.push(node(target, step, 'outage', before));
    }
  }
  nodes.push(
    node(
      wholeRun,
      'announce-over',
      'outage',
      targets.map(target => nodeKey(target, 'check-service')),
    ),
  );
  for (const target of targets) nodes.push(node(target, 'shut-door', 'settle', [over]));
  return nodes;
}

/** What a toy world holds before a run of these targets. */
export function toyThings(targets: readonly string[]): Record<string, string> {
  const things: Record<string, string> = {};
  for (const target of targets) {
    things[`door.${target}`] = 'shut';
    things[`service.${target}`] = 'up';
    things[`${target}.lid`] = 'old';
    things[`${target}.handle`] = 'old';
  }
  return things;
}

/** How often each change of a whole toy run of a target shows among the world's effects. */
export const effectsPerTarget = 9;

/** The first entry of a toy run. `alice` asks; the targets' first letter is what people call them. */
export function toyProposal(
  procedure: ToyProcedure,
  options: {
    readonly id?: string;
    readonly uid?: string;
    readonly targets?: readonly string[];
    readonly asker?: string;
    readonly environment?: string;
    readonly room?: string;
    readonly cause?: string;
    /** Instead of the whole graph. */
    readonly graph?: Graph;
  } = {},
): NewEntry & EntryOf<'proposed'> {
  const names = options.targets ?? ['pot'];
  const asker = options.asker ?? 'alice';
  const targets: RunTarget[] = names.map(name => ({ name, role: 'backend', driver: asker }));
  const nodes = options.graph === undefined ? procedure.nodes(names) : Object.values(options.graph);
  return {
    type: 'proposed',
    uid: options.uid ?? 'toyuid',
    id: options.id ?? 'toys-1',
    what: 'upgrade',
    environment: options.environment ?? 'toys',
    targets,
    asker,
    because: null,
    release: null,
    room: options.room ?? '!room',
    cause: options.cause ?? '$proposal',
    nodes,
    kinds: Object.fromEntries(Object.values(procedure.kinds).map(kind => [kind.kind, kind.version])),
    settings: {},
  };
}

/** All gates that a toy run passes. */
export const toyGates: readonly Gate[] = ['live', 'outage', 'storage', 'address', 'database'];

/** The parts of a run. `undo` holds the steps that a rollback or a cancellation adds. */
export type Phase = 'prepare' | 'outage' | 'settle' | 'retire' | 'undo';

/** Named sets of steps that need a second person. */
export const gates = ['live', 'outage', 'storage', 'address', 'database', 'retire', 'undo'] as const;
export type Gate = (typeof gates)[number];

export type Danger = 'safe' | 'disruptive' | 'irreversible';

/** The name that stands where a target would, for steps that a run does once (announcements, the write-up). */
export const wholeRun = 'run';

/** A step in a run's graph. The graph is frozen in the journal when the run is proposed. */
export interface Node {
  /** `target/step`, or `run/step`. */
  readonly key: string;
  readonly target: string;
  readonly step: string;
  readonly title: string;
  readonly phase: Phase;
  readonly danger: Danger;
  readonly gate: Gate | undefined;
  /** Keys of the nodes that come before. */
  readonly after: readonly string[];
  /** Of a step of the way back: the phase that it takes back. Absent in runs of earlier versions: the outage. */
  readonly undoes?: Phase;
  /** What it makes is a way back from what this gate's steps of the same target do: the gate needs one such step. */
  readonly saves?: Gate;
  /** It begins only when the settle window has ended. */
  readonly waits?: 'window';
}

/** Of the time in which users miss something: the outage, or the way back out of it. What was only prepared is undone beside it. */
export function isOutageNode({ phase, undoes }: Pick<Node, 'phase' | 'undoes'>): boolean {
  return phase === 'outage' || (phase === 'undo' && undoes !== 'prepare');
}

export type Graph = Readonly<Record<string, Node>>;

export function nodeKey(target: string, step: string): string {
  return `${target}/${step}`;
}

/** Orders of graphs that were asked for: a graph never changes, one with more nodes is another object. */
const orders = new WeakMap<Graph, readonly string[]>();

/** Keys in an order that respects `after`; ties keep the order of the record. @throws Error naming a missing or circular predecessor. */
export function inOrder(graph: Graph): readonly string[] {
  const known = orders.get(graph);
  if (known !== undefined) return known;
  const order = ordered(graph);
  orders.set(graph, order);
  return order;
}

function ordered(graph: Graph): string[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const order: string[] = [];
  const visit = (key: string, from: string) => {
    if (done.has(key)) return;
    const node = graph[key];
    if (node === undefined) throw new Error(`${from} comes after ${key}, which is not in the graph`);
    if (open.has(key)) throw new Error(`${key} comes after itself`);
    open.add(key);
    for (const before of node.after) visit(before, key);
    open.delete(key);
    done.add(key);
    order.push(key);
  };
  for (const key of Object.keys(graph)) visit(key, key);
  return order;
}

/** All nodes that come, directly or not, after one. */
export function dependents(graph: Graph, key: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: string) => {
    for (const node of Object.values(graph)) {
      if (node.after.includes(one) && !found.has(node.key)) {
        found.add(node.key);
        visit(node.key);
      }
    }
  };
  visit(key);
  return found;
}

/** All nodes that come, directly or not, before one. */
export function predecessors(graph: Graph, key: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: string) => {
    for (const before of graph[one]?.after ?? []) {
      if (!found.has(before)) {
        found.add(before);
        visit(before);
      }
    }
  };
  visit(key);
  return found;
}

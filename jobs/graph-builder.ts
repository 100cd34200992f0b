import type { Danger, Node, Phase } from '#core/graph.ts';
import { inOrder, nodeKey } from '#core/graph.ts';
import type { StepDefinition, Steps } from '#engine/define-step.ts';

/** Collects nodes of a run; titles, dangers and gates come from the steps' definitions. */
export class GraphBuilder {
  readonly #steps: Steps;
  readonly #title: (step: StepDefinition) => string;
  readonly #nodes: Record<string, Node> = {};

  /** @param title how a step is titled in this graph; else as it is defined. */
  constructor(steps: Steps, title: (step: StepDefinition) => string = step => step.title) {
    this.#steps = steps;
    this.#title = title;
  }

  /**
   * Adds a step of a target after others (keys). Returns its key.
   *
   * @throws Error when the step isn't defined or is there already.
   */
  add(target: string, phase: Phase, step: string, after: readonly string[]): string {
    const definition = this.#steps[step];
    if (definition === undefined) throw new Error(`no step is named ${step}`);
    const key = nodeKey(target, step);
    if (this.#nodes[key] !== undefined) throw new Error(`${key} is in the graph already`);
    const danger: Danger = definition.danger;
    this.#nodes[key] = {
      key,
      target,
      step,
      title: this.#title(definition),
      phase,
      danger,
      gate: definition.gate,
      after: [...after],
      ...(definition.saves === undefined ? {} : { saves: definition.saves }),
      ...(definition.afterWindow === true ? { waits: 'window' as const } : {}),
    };
    return key;
  }

  /** Adds steps one after the other. Returns the last key. */
  chain(target: string, phase: Phase, steps: readonly string[], after: readonly string[]): string[] {
    let last = [...after];
    for (const step of steps) last = [this.add(target, phase, step, last)];
    return last;
  }

  /** One more predecessor for a node that is there. */
  also(key: string, after: string): void {
    const node = this.#nodes[key];
    if (node === undefined) throw new Error(`${key} is not in the graph`);
    this.#nodes[key] = { ...node, after: [...node.after, after] };
  }

  has(key: string): boolean {
    return this.#nodes[key] !== undefined;
  }

  /** @throws Error when the graph has a circle, or a step needs outputs of one that doesn't come before it. */
  build(): Node[] {
    const order = inOrder(this.#nodes);
    for (const key of order) {
      const node = this.#nodes[key] as Node;
      for (const need of this.#steps[node.step]?.needs ?? []) {
        const from = nodeKey(node.target, need);
        if (this.has(from) && !this.#comesBefore(from, key))
          throw new Error(`${key} needs ${from}, which doesn't come before it`);
      }
    }
    return order.map(key => this.#nodes[key] as Node);
  }

  /** All of prepare comes before the outage and what follows it. */
  #comesBefore(from: string, key: string): boolean {
    const node = this.#nodes[key];
    if (this.#nodes[from]?.phase === 'prepare' && node !== undefined && node.phase !== 'prepare') return true;
    return node?.after.some(before => before === from || this.#comesBefore(from, before)) ?? false;
  }
}

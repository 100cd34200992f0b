import { expect } from 'vitest';
import type { Entry } from '#core/entries.ts';
import { type Graph, type Node, predecessors } from '#core/graph.ts';

type Fate = 'done' | 'left out' | 'dropped';

/**
 * Watches the effects of a run, and what became of its steps, and says what must never be. It knows the graph that the run
 * was proposed with and nothing of the rules: all that stands before a change was made, left out in order, or turned back.
 */
export class OrderOracle {
  #graph: Graph = {};
  readonly #fates = new Map<string, Fate>();
  readonly #turnedBack = new Set<string>();

  take(entry: Entry): void {
    switch (entry.type) {
      case 'proposed':
        this.#graph = Object.fromEntries(entry.nodes.map(node => [node.key, node]));
        return;
      case 'turned-back':
        for (const key of entry.dropped) this.#fates.set(key, 'dropped');
        for (const target of entry.targets) this.#turnedBack.add(target);
        this.#graph = { ...this.#graph, ...Object.fromEntries(entry.nodes.map(node => [node.key, node])) };
        return;
      case 'skipped':
        this.#fates.set(entry.step, 'left out');
        return;
      case 'done-by-hand':
        this.#inOrder(entry.step, 'was done by hand');
        return;
      case 'made':
        this.#inOrder(entry.change.slice(0, entry.change.lastIndexOf('/')), 'made a change');
        return;
      case 'begun':
        this.#inOrder(entry.step, 'began');
        return;
      case 'finished':
        this.#fates.set(entry.step, 'done');
        if (this.#node(entry.step).step === 'announce-over') this.#isOver();
    }
  }

  #node(key: string): Node {
    const node = this.#graph[key];
    if (node === undefined) throw new Error(`${key} stands in no graph`);
    return node;
  }

  #inOrder(key: string, did: string): void {
    const node = this.#node(key);
    for (const before of predecessors(this.#graph, key)) this.#isBehind(before, key, did);
    if (node.phase !== 'outage' && node.phase !== 'settle') return;
    // All of prepare comes before the outage, though no arrow says so.
    for (const { key: other, phase } of Object.values(this.#graph)) {
      if (phase === 'prepare') this.#isBehind(other, key, did);
    }
  }

  #isBehind(before: string, key: string, did: string): void {
    const fate = this.#fates.get(before);
    expect(fate, `${key} ${did}, and ${before} stands before it`).toBeDefined();
    if (fate !== 'dropped') return;
    const { target, phase } = this.#node(before);
    if (this.#node(key).phase === 'undo' && this.#node(key).target === target) return;
    for (const undo of Object.values(this.#graph)) {
      if (undo.phase !== 'undo' || undo.target !== target) continue;
      // What was only prepared may be taken back when users have everything again.
      if (undo.undoes === 'prepare' && phase !== 'prepare') continue;
      const over = this.#fates.has(undo.key);
      expect(over, `${key} ${did}, and ${before} isn't turned back yet: ${undo.key}`).toBe(true);
    }
  }

  /** Users are told that all is well only when every check that wasn't left out has passed. */
  #isOver(): void {
    for (const { key, step, phase } of Object.values(this.#graph)) {
      if (phase !== 'outage' || !/^check-|^reboot-test$/.test(step)) continue;
      expect(this.#fates.get(key), `it is said to be over before ${key} passed`).toBeDefined();
    }
  }
}

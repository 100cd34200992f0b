import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dependents, type Graph, inOrder, type Node, predecessors } from '#core/graph.ts';

const node = (key: string, after: string[]): Node => ({
  key,
  target: 't',
  step: key,
  title: key,
  phase: 'prepare',
  danger: 'safe',
  gate: undefined,
  after,
});
const graph = (edges: Record<string, string[]>): Graph =>
  Object.fromEntries(Object.entries(edges).map(([key, after]) => [key, node(key, after)]));

/** Graphs whose nodes come only after nodes of a lower number, in any order of the record. */
const acyclic = fc.array(fc.array(fc.nat(8), { maxLength: 3 }), { minLength: 1, maxLength: 9 }).chain(edges => {
  const all = edges.map((after, i) => [`n${i}`, after.filter(j => j < i).map(j => `n${j}`)] as const);
  return fc.shuffledSubarray(all, { minLength: all.length }).map(pairs => graph(Object.fromEntries(pairs)));
});

test('an order has each node once, after all that come before it', () => {
  fc.assert(
    fc.property(acyclic, one => {
      const order = inOrder(one);
      expect([...order].sort()).toEqual(Object.keys(one).sort());
      for (const { key, after } of Object.values(one)) {
        for (const before of after) expect(order.indexOf(before)).toBeLessThan(order.indexOf(key));
      }
    }),
  );
});

test('what comes after a node is what the node comes before', () => {
  fc.assert(
    fc.property(acyclic, one => {
      for (const a of Object.keys(one)) {
        for (const b of Object.keys(one)) expect(dependents(one, a).has(b)).toBe(predecessors(one, b).has(a));
      }
    }),
  );
});

test('a circle and a missing predecessor are named', () => {
  expect(() => inOrder(graph({ a: ['b'], b: ['a'] }))).toThrow('a comes after itself');
  expect(() => inOrder(graph({ a: ['z'] }))).toThrow('a comes after z, which is not in the graph');
});

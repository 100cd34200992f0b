import type { Draft, Redraw } from '#core/altered-estate.ts';
import { FerryError } from '#core/errors.ts';
import { dependents, type Graph, type Node } from '#core/graph.ts';
import { canonical, type JsonObject } from '#core/json.ts';
import type { Run } from '#core/run.ts';
import type { Steps } from '#engine/define-step.ts';
import type { Estate } from '#estate/schema.ts';
import { alteredSettings } from '#jobs/altered-settings.ts';
import { returnedSettings } from '#jobs/returned-settings.ts';
import type { RunSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { graphOf } from './proposer.ts';

/**
 * Judges runs by the estate as it is now. Their graphs are compared as this version would draw them by what they froze and by
 * what the estate says: a newer version changes no graph by itself.
 */
export function redrawer(parts: {
  readonly estate: () => Estate;
  readonly steps: Steps;
  readonly publicKey: string;
}): Redraw {
  /** Drawn once for each reading of the file. */
  let of: Estate | undefined;
  let drawn = new Map<string, RunSettings | { readonly impossible: string }>();
  /** What differs between settings that were frozen and those of now. */
  let differs = new WeakMap<JsonObject, readonly string[]>();
  const settingsNow = (environment: string) => {
    const estate = parts.estate();
    if (estate !== of) {
      of = estate;
      drawn = new Map();
      differs = new WeakMap();
    }
    const known = drawn.get(environment) ?? tryDrawing(() => settingsOf(estate, environment, parts.publicKey));
    drawn.set(environment, known);
    return known;
  };
  return run => {
    const now = settingsNow(run.environment);
    if ('impossible' in now) {
      return { altered: [`environments.${run.environment}: there → nothing`], draft: now };
    }
    const { returns } = frozenOf(run);
    // What the journal of the upgrade said stays, whatever the estate says of it by now.
    const said = returns === undefined ? now : returnedSettings(now, returns);
    const altered = differs.get(run.settings) ?? alteredSettings(frozenOf(run), said);
    differs.set(run.settings, altered);
    if (altered.length === 0) return undefined;
    return { altered: altered.map(line => inEnvironment(line, run)), draft: draft(run, said, parts.steps) };
  };
}

function frozenOf(run: Run): RunSettings {
  return run.settings as unknown as RunSettings;
}

function tryDrawing(draw: () => RunSettings): RunSettings | { readonly impossible: string } {
  try {
    return draw();
  } catch (error) {
    if (error instanceof FerryError) return { impossible: error.message };
    throw error;
  }
}

/** Keys of the environment are named with it, as the file has them. */
function inEnvironment(line: string, { environment }: Run): string {
  return /^(?:options|announce|inventory\.(?:keygen|backend)_)/.test(line)
    ? `environments.${environment}.${line}`
    : line;
}

function draft(run: Run, now: RunSettings, steps: Steps): Draft | { readonly impossible: string } {
  const left = run.targets.find(({ name, role }) => now.targets[name]?.role !== role);
  if (left !== undefined) {
    const is = now.targets[left.name]?.role;
    const words = is === undefined ? 'is no longer a target of' : `is no longer the ${left.role} of`;
    return {
      impossible: `${left.name} ${words} ${run.environment}: put targets.${left.name} back as it was in the estate, or !cancel ${run.id} because …`,
    };
  }
  const was = byKey(graphOf(run, frozenOf(run), steps));
  const is = byKey(graphOf(run, now, steps));
  const differing = Object.values(is).filter(node => canonicalNode(node) !== canonicalNode(was[node.key]));
  const gone = Object.keys(was).filter(key => is[key] === undefined);
  const inGraph = { settings: now as unknown as JsonObject, nodes: differing, gone: [] as string[] };
  if (differing.length === 0 && gone.length === 0) return inGraph;
  return regraphed(run, is, { ...inGraph, gone: gone.filter(key => run.steps[key]?.begunSeq === undefined) }, was);
}

/** A step joins only where nothing that comes after it has begun, and only in the graph that this version would have drawn. */
function regraphed(run: Run, is: Graph, found: Draft, was: Graph): Draft | { readonly impossible: string } {
  const other = Object.values(was).some(node => canonicalNode(node) !== canonicalNode(run.graph[node.key]));
  if (other) {
    return {
      impossible: `${run.id} was proposed by another version of Ferry, whose steps aren't drawn anew: put the estate back as it was, or !cancel ${run.id} because … and propose it again`,
    };
  }
  const fresh = found.nodes.filter(node => run.graph[node.key] === undefined);
  for (const { key } of fresh) {
    const late = [...dependents(is, key)].find(one => run.steps[one]?.begunSeq !== undefined);
    if (late !== undefined) {
      return {
        impossible: `${key} would come before ${late}, which has begun: put the estate back as it was, or !cancel ${run.id} because …`,
      };
    }
  }
  return found;
}

function byKey(nodes: readonly Node[]): Graph {
  return Object.fromEntries(nodes.map(node => [node.key, node]));
}

function canonicalNode(node: Node | undefined): string {
  return node === undefined ? '' : canonical({ ...node, title: '' });
}

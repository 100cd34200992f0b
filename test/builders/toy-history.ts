import { nodeKey } from '#core/graph.ts';
import { toyProcedure, toyProposal, toyThings } from '../toy-procedure.ts';
import { History } from './history.ts';

const procedure = toyProcedure();

/** A toy run that was proposed by alice. */
export function proposed(targets: readonly string[] = ['pot']): History {
  return new History(toyProposal(procedure, { targets }));
}

function names(history: History): string[] {
  return history.run.targets.map(target => target.name);
}

/** The facts of a target as a fresh toy world has them. */
export function facts(history: History, target: string, things = toyThings([target])): History {
  const mine = Object.fromEntries(Object.entries(things).filter(([name]) => name.startsWith(`${target}.`)));
  return history.add({ type: 'facts', target, facts: { things: mine }, remarks: [] });
}

/** Facts read, the new ones made; LIVE is planned and asked for as r1. */
export function liveAsked(targets?: readonly string[]): History {
  const history = proposed(targets);
  for (const target of names(history)) {
    history.add({ type: 'begun', step: nodeKey(target, 'check-readiness') });
    facts(history, target).finish(nodeKey(target, 'check-readiness'));
    history.finish(nodeKey(target, 'make-new'), { id: `m-${target}` });
  }
  return ask(history);
}

/** Plans what is to be planned and appends what follows. */
export function ask(history: History): History {
  history.plan(procedure);
  return history.add(...history.decide().append);
}

/** Prepared; OUTAGE, STORAGE and ADDRESS are asked for as r2, DATABASE as r3. */
export function outageAsked(targets?: readonly string[]): History {
  const history = liveAsked(targets).approve('r1', 'bob');
  for (const target of names(history)) history.finish(nodeKey(target, 'open-door'));
  return ask(history);
}

/** Everything approved by bob, and alice said start. */
export function started(targets?: readonly string[]): History {
  return outageAsked(targets).approve('r2', 'bob').approve('r3', 'bob').add({ type: 'started', person: 'alice' });
}

/** The outage has begun, nothing of it is done. */
export function begun(targets?: readonly string[]): History {
  return started(targets).add({ type: 'outage-begun' });
}

export { procedure as toys };

import { dependents, isOutageNode, wholeRun } from '#core/graph.ts';
import { isTurning, outageSince } from '#core/readiness.ts';
import type { Run, StepState } from '#core/run.ts';
import { both, type Card, calling, type Drawing } from '../cards.ts';
import { outputLines, plainLine, sentence } from '../harmless.ts';
import { outageLeft, remaining, type ServiceState, serviceStates } from '../outlook.ts';
import { sayDuration, sayTime } from '../say-time.ts';
import { byHandLines } from './plan.ts';
import { driverOf, waysOn } from './waiting.ts';
import { safeWayBack } from './way-back.ts';

const ordinals = ['', 'first', '2nd', '3rd'];

/** "web and API down since 20:00; repositories up since 20:24". */
export function serviceWords(states: readonly ServiceState[], now: number): string {
  return states
    .map(state => {
      if (state.downSince !== undefined) return `${state.service} down since ${sayTime(state.downSince, now)}`;
      if (state.upSince !== undefined) return `${state.service} up since ${sayTime(state.upSince, now)}`;
      return `${state.service} up`;
    })
    .join('; ');
}

/** A failure: what happened, what users have, how to look, what to type, and both ways out. */
export function haltCard(run: Run, step: StepState, drawing: Drawing, at: number): Card {
  if (isTurning(run, step.node)) return needsNobodyCard(run, step, at);
  const { node, halt, halts } = step;
  const target = node.target;
  const driver = run.targets.find(one => one.name === target)?.driver ?? driverOf(run);
  const nth = halts > 1 ? `, ${ordinals[halts] ?? `${halts}th`} failure` : '';
  const into = run.outageBegun === undefined ? '' : `, ${sayDuration(at - (outageSince(run) ?? at))} into the outage`;
  const name = target === wholeRun ? '' : `${target}, `;
  const argument = target === wholeRun ? run.id : target;
  const { haltRemind, haltPage } = drawing.estate.timing;
  return {
    text: [
      `${calling([driver])}HALTED: ${run.id}, ${name}${node.step}${nth}, ${sayTime(at, at)}${into}.`,
      `What: ${sentence(halt?.sentence ?? 'halted')}`,
      `Users: ${usersNow(run, drawing, at)}.`,
      goesOn(run, step),
      lookLine(run, step, drawing),
      ...byHandPart(run, step, drawing),
      ...thenLine(waysOn(run, step, drawing, at)),
      waysOut(run, step, drawing, at),
      `"I'm on it": !take ${argument} or 👀. Otherwise I ask again at ${sayTime(at + haltRemind, at)} and page on-call at ${sayTime(at + haltPage, at)}.`,
    ].join('\n'),
    people: [driver],
    notify: true,
    where: 'room',
    field: { run: run.id, kind: 'halt' },
  };
}

function thenLine(ways: string): string[] {
  return ways === '' ? [] : [`Then: ${ways}`];
}

/** It failed while its target waits to turn back: the way back takes it up from where it is. */
function needsNobodyCard(run: Run, { node, halt }: StepState, at: number): Card {
  const name = node.target === wholeRun ? run.id : node.target;
  return {
    text: `${run.id}, ${name}, ${node.step} failed at ${sayTime(at, at)}: ${sentence(halt?.sentence ?? 'halted')} Nobody needs to act: ${name} turns back, and undoes what there is of it.`,
    people: [],
    notify: false,
    where: 'thread',
    field: { run: run.id, kind: 'notice' },
  };
}

function usersNow(run: Run, drawing: Drawing, at: number): string {
  if (run.outageBegun === undefined) return 'notice nothing, no outage has begun';
  return serviceWords(serviceStates(run, drawing.outlook, at), at);
}

function goesOn(run: Run, step: StepState): string {
  const waits = dependents(run.graph, step.node.key);
  const going = Object.values(run.steps).filter(
    ({ node, status }) => !waits.has(node.key) && (status === 'waiting' || status === 'running'),
  );
  if (step.node.phase === 'prepare') {
    const others = going.some(({ node }) => node.phase === 'prepare') ? 'The other preparations go on. ' : '';
    return `${others}What needs ${step.node.step} waits until you say so.`;
  }
  const others = run.targets
    .map(target => target.name)
    .filter(name => name !== step.node.target && going.some(({ node }) => node.target === name));
  const rest = `Nothing is done on ${step.node.target === wholeRun ? run.id : step.node.target} until you say so.`;
  if (others.length === 0) return rest;
  return `${both(others)} ${others.length === 1 ? 'goes' : 'go'} on. ${rest}`;
}

function lookLine(run: Run, step: StepState, drawing: Drawing): string {
  const address = drawing.outlook.sshTo(run, step) ?? drawing.estate.targets[step.node.target]?.address;
  const unit = failingUnit(step);
  const changes = (step.plan ?? []).length > 0;
  const journal = unit === undefined ? (changes ? ' journalctl -b -n 50' : '') : ` journalctl -u ${unit} -n 50`;
  const ssh = address === undefined ? '' : `ssh root@${address}${journal} · `;
  const lines = (step.halt?.evidence ?? []).length === 0 ? '' : 'last lines in thread, all: ';
  return `Look: ${ssh}${lines}!output ${run.id} ${step.node.step}`;
}

/** The unit that a halt is about, as its sentence or its last lines name it. */
function failingUnit(step: StepState): string | undefined {
  const named = /(?<![\w@./-])([A-Za-z][\w@-]*)(?:\.service|\.(?:timer|target|socket|mount)(?!\w))/;
  const lines = [step.halt?.sentence ?? '', ...[...(step.halt?.evidence ?? [])].reverse()];
  const found = lines.map(line => named.exec(line)).find(match => match !== null);
  return found?.[0].replace(/\.service$/, '');
}

function byHandPart(run: Run, step: StepState, drawing: Drawing): string[] {
  const commands = byHandLines(run, step, drawing);
  const [only = ''] = commands;
  if (commands.length === 0) return [];
  const [, host, command] = /^(\S+)[#$] (.*)$/.exec(only) ?? [];
  if (commands.length === 1 && host !== undefined) return [`By hand, on ${host}: ${command}`];
  const shown = commands.slice(0, 6).map(line => `  ${line}`);
  const rest = commands.length > 6 ? [`  and ${commands.length - 6} more: !plan ${run.id} by-hand`] : [];
  return ['By hand:', ...shown, ...rest];
}

function waysOut(run: Run, step: StepState, drawing: Drawing, at: number): string {
  const { phase, target } = step.node;
  const left =
    run.outageBegun === undefined || !isOutageNode(step.node)
      ? remaining(run, [phase], drawing.outlook, at)
      : outageLeft(run, drawing.outlook, at);
  const on = `On: about ${sayDuration(left)} once it passes.`;
  if (run.outageBegun === undefined || phase === 'undo') return on;
  const targets = target === wholeRun ? run.targets.map(one => one.name) : [target];
  const back = safeWayBack(run, targets, drawing, at);
  if (back === undefined) return on;
  if (back.impossible.length > 0) return `Back: not whole (${back.impossible.map(plainLine).join('; ')}). ${on}`;
  const { time, loses } = back;
  const planned = run.outageBegun.at + plannedLength(run, drawing);
  const decide = planned - time;
  const until =
    decide > at
      ? `; to be up by ${sayTime(planned, at)} decide by ${sayTime(decide, at)}.`
      : `; up about ${sayTime(at + time, at)} if you decide now.`;
  return `Back: about ${sayDuration(time)}, ${loses}${until} ${on}`;
}

/** How long the whole outage was estimated to take, ms: its longest path, whatever is done of it. */
function plannedLength(run: Run, drawing: Drawing): number {
  const untouched: Run = {
    ...run,
    steps: Object.fromEntries(
      Object.entries(run.steps).map(([key, step]) => [key, { ...step, status: 'waiting' as const }]),
    ),
  };
  return remaining(untouched, ['outage'], drawing.outlook, run.lastAt);
}

/** The last lines that the failing thing said, for the thread. */
export function evidenceCard(run: Run, step: StepState): Card | undefined {
  const evidence = step.halt?.evidence ?? [];
  if (evidence.length === 0) return undefined;
  const lines = outputLines(evidence)
    .slice(-40)
    .map(line => `  ${line}`);
  return {
    text: [`${step.node.key}, last lines:`, ...lines].join('\n'),
    people: [],
    notify: false,
    where: 'thread',
    field: { run: run.id, kind: 'notice' },
  };
}

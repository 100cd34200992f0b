import { outageSince } from '#core/readiness.ts';
import type { Run } from '#core/run.ts';
import { windowUntil } from '#core/settle-window.ts';
import type { Line, MessageBody } from '#ports/message-body.ts';
import { lines } from '../body/blocks.ts';
import { both, type Drawing, either } from '../cards.ts';
import { becauseOf } from '../harmless.ts';
import { type Service, type ServiceState, serviceStates, services } from '../outlook.ts';
import { sayDuration, sayFromNow, sayHour, sayTime } from '../say-time.ts';
import { serviceBlock, targetBlock } from './how-far.ts';
import { endWords, outageEndedAt, phaseOf } from './outage.ts';
import { targetList, whatWords } from './start.ts';
import { driversOf, waitsFor } from './waiting.ts';

/** "settling", "in outage since 16:14 UTC, 3 min". */
export function phaseWords(run: Run, now: number): string {
  if (run.ended !== undefined) return `ended ${sayTime(run.ended.at, now)}: ${endWords(run)}`;
  if (run.turning !== undefined) return run.turning.how === 'cancel' ? 'being cancelled' : 'turning back';
  switch (phaseOf(run)) {
    case 'prepare':
      return 'preparing, no outage';
    case 'outage':
      return `in outage since ${sayTime(outageSince(run) ?? now, now)}, ${sayDuration(now - (outageSince(run) ?? now))}`;
    case 'settle': {
      const until = windowUntil(run, now);
      return until === undefined
        ? 'outage over, settling'
        : `outage over, both instances kept as they are until ${sayTime(until, now)} (${sayFromNow(until, now)})`;
    }
    case 'retire':
      return 'retiring';
  }
}

/** One run whole: what is happening, what is next, who must act. @param kept what stays of one that has ended. */
export function statusBody(
  run: Run,
  drawing: Drawing,
  progress: Readonly<Record<string, string>>,
  link: (request: string) => string | undefined,
  now: number,
  kept: readonly string[] = [],
): MessageBody {
  const title = `${run.id}: ${targetList(run)}, ${whatWords(run, drawing)}; ${phaseWords(run, now)}.`;
  const asked = `Asked by ${run.asker} ${sayFromNow(run.proposedAt, now)}${becauseOf(run.because)}, driven by ${both(driversOf(run))}.`;
  if (run.ended !== undefined) return { title, blocks: [lines(asked, ...kept, ...owedLines(run))] };
  const waits = waitsFor(run, drawing, now).map((one): Line => {
    const where = one.request === undefined ? undefined : link(one.request);
    if (one.can === '') return `Waits for ${one.says}.`;
    const can = `Waits for ${one.says}. ${either(one.people)}: ${one.can}`;
    return where === undefined ? can : [`${can} (`, { link: where, text: where }, ')'];
  });
  const services = run.outageBegun === undefined ? [] : [serviceBlock(serviceStates(run, drawing.outlook, now), now)];
  return {
    title,
    blocks: [
      lines(asked),
      ...services,
      targetBlock(run, progress, drawing, now),
      lines(...(waits.length === 0 ? ['Nobody needs to act.'] : waits), ...owedLines(run)),
    ],
  };
}

function owedLines(run: Run): string[] {
  const owed = Object.values(run.owed).filter(item => item.told === undefined);
  return owed.length === 0
    ? []
    : [`Still to be told: ${owed.map(item => item.item).join(', ')} (!announce ${run.id}).`];
}

/** One run in a line. */
export function runLine(run: Run, now: number): string {
  const ended = outageEndedAt(run);
  const took =
    run.outageBegun === undefined || ended === undefined
      ? ''
      : `, outage ${sayDuration(ended - (outageSince(run) ?? ended))}`;
  const what = run.what === 'upgrade' ? '' : `${run.what} of `;
  return `${run.id}  ${what}${run.targets.map(target => target.name).join(', ')}; ${run.asker}, ${sayFromNow(run.proposedAt, now)}; ${phaseWords(run, now)}${took}`;
}

/** For everybody: what of Copr is up, in users' words, without ids. */
export function usersStatus(open: readonly Run[], drawing: Drawing, label: (run: Run) => string, now: number): string {
  const outages = open.filter(run => run.outageBegun !== undefined && phaseOf(run) === 'outage');
  if (outages.length === 0)
    return 'Fedora Copr: web, API, builds and repositories are up, as far as I am concerned. No outage is on.';
  return outages
    .map(run => {
      const states = serviceStates(run, drawing.outlook, now);
      return [
        `Fedora Copr${label(run)}, outage since ${sayTime(outageSince(run) ?? now, now)}:`,
        ...states.map(state => `  ${usersWords(state)}`),
      ].join('\n');
    })
    .join('\n');
}

function usersWords(state: ServiceState): string {
  const name: Service = services.find(one => one === state.service) ?? state.service;
  if (state.downSince !== undefined) {
    return `${name}: down, back about ${state.backAt === undefined ? 'soon' : `${sayHour(state.backAt)} UTC`}`;
  }
  if (state.downFrom !== undefined) return `${name}: up, down for a while from about ${sayHour(state.downFrom)} UTC`;
  return `${name}: up`;
}

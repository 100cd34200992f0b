import { applyEstate } from './apply-estate.ts';
import { applyToChange } from './apply-to-change.ts';
import { applyToRequest, setUnderWay, voidMoot } from './apply-to-request.ts';
import { applyToStep } from './apply-to-step.ts';
import type { SealedEntry } from './entries.ts';
import { gatesOfOutage } from './gates.ts';
import { addNodes } from './new-run.ts';
import { entersOutage } from './readiness.ts';
import type { Run } from './run.ts';
import { isOver } from './run.ts';

/** What one entry does to a run, in place. @throws Error for a step or a request that the run doesn't have. */
export function applyEntry(run: Run, entry: SealedEntry): void {
  switch (entry.type) {
    case 'proposed':
      throw new Error(`${run.id}: a second proposal`);
    case 'facts':
      run.facts[entry.target] = { facts: entry.facts, remarks: entry.remarks, at: entry.at, seq: entry.seq };
      hasRead(run, entry.target);
      return;
    case 'facts-checked': {
      const known = run.facts[entry.target];
      if (known !== undefined) run.facts[entry.target] = { ...known, at: entry.holds ? entry.at : 0 };
      if (entry.holds) hasRead(run, entry.target);
      return;
    }
    case 'intended':
    case 'made':
    case 'found':
    case 'refused':
    case 'unknown':
    case 'failed':
      applyToChange(run, entry);
      return;
    case 'planned':
    case 'halted':
      applyToStep(run, entry);
      return;
    case 'begun':
    case 'retried': {
      applyToStep(run, entry);
      const { node, status } = run.steps[entry.step] ?? {};
      if (status === 'running' && node?.gate !== undefined) setUnderWay(run, [node.gate], entry.seq);
      return;
    }
    case 'finished':
      applyToStep(run, entry);
      if (run.steps[entry.step]?.byHand !== undefined) voidMoot(run, 'done-by-hand');
      return;
    case 'done-by-hand':
      applyToStep(run, entry);
      alter(run, entry);
      return;
    case 'skipped':
      applyToStep(run, entry);
      alter(run, entry);
      voidMoot(run, 'skipped');
      return;
    case 'requested':
    case 'approved':
    case 'rejected':
    case 'withdrawn':
    case 'expired':
    case 'voided':
    case 'not-counted':
      applyToRequest(run, entry);
      return;
    case 'posted':
      run.posted[entry.what] = {
        room: entry.room,
        event: entry.event,
        ...(entry.cameIn === undefined ? {} : { cameIn: entry.cameIn }),
      };
      return;
    case 'estate-altered':
      applyEstate(run, entry);
      return;
    case 'estate-kept':
      run.keptFrom = entry.altered;
      return;
    case 'reminded':
      run.reminded[entry.about] = entry.nth;
      return;
    case 'started':
      run.started = { person: entry.person, at: entry.at, seq: entry.seq };
      run.outageWaits = undefined;
      return;
    case 'outage-waits':
      run.outageWaits = { other: entry.other, at: entry.at };
      return;
    case 'outage-begun':
      run.outageWaits = undefined;
      run.outageBegun = { at: entry.at, seq: entry.seq };
      setUnderWay(run, gatesOfOutage(run), entry.seq);
      return;
    case 'window-begun':
      run.window = { until: entry.until, by: undefined };
      return;
    case 'settled':
      run.window = { until: entry.at, by: entry.person };
      return;
    case 'paused':
      run.paused = { person: entry.person, at: entry.at };
      return;
    case 'resumed':
      run.paused = undefined;
      return;
    case 'taken':
      run.targets = run.targets.map(target =>
        target.name === entry.target ? { ...target, driver: entry.person } : target,
      );
      return;
    case 'noted':
      run.notes.push({ at: entry.at, person: entry.person, text: entry.text });
      return;
    case 'turning-back': {
      const again = entersOutage(run, [entry]);
      if (again) run.outageAgain = { at: entry.at, nth: (run.outageAgain?.nth ?? 1) + 1 };
      const { how, person, because, targets } = entry;
      const before = run.turning;
      run.turning =
        before === undefined
          ? { how, person, because, targets, again, at: entry.at, hurry: false, unseen: {} }
          : { ...before, how, person, because, targets, hurry: true };
      run.paused = undefined;
      alter(run, entry);
      return;
    }
    case 'unseen':
      if (run.turning !== undefined) run.turning.unseen[entry.step] = { sentence: entry.sentence, until: entry.until };
      return;
    case 'turned-back': {
      for (const key of entry.dropped) {
        const step = run.steps[key];
        if (step === undefined || isOver(step)) continue;
        const { person = run.asker, because } = run.turning ?? {};
        step.altered = { how: 'turned back', person, because: because ?? '', seq: entry.seq };
        step.status = 'dropped';
        step.halt = undefined;
      }
      addNodes(run, entry.nodes, Object.fromEntries(entry.nodes.map(({ key }) => [key, entry.plans[key] ?? []])));
      for (const target of entry.targets) {
        run.turned[target] ??= run.turning?.how ?? 'rollback';
        hasRead(run, target);
      }
      run.turning = undefined;
      voidMoot(run, 'turned-back');
      return;
    }
    case 'owed': {
      const { item, channel, to, subject, text } = entry;
      run.owed[item] = { item, channel, to, subject, text, owedAt: entry.at, told: undefined };
      return;
    }
    case 'told': {
      const owed = run.owed[entry.item];
      if (owed !== undefined) owed.told = { by: entry.by, ref: entry.ref, at: entry.at };
      return;
    }
    case 'sealed':
      return;
    case 'ended':
      run.ended = { outcome: entry.outcome, at: entry.at };
  }
}

/** Facts of the target needn't be read anew any more. */
function hasRead(run: Run, target: string): void {
  run.unread = run.unread.filter(one => one !== target);
}

/** Whoever altered the plan doesn't approve it: the person, and every account that they had then. */
function alter(run: Run, { person, accounts = [] }: { person: string; accounts?: readonly string[] }): void {
  if (!run.alterers.includes(person)) run.alterers.push(person);
  run.accounts.push(...accounts.filter(account => !run.accounts.includes(account)));
}

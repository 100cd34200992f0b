import fc from 'fast-check';
import { type OrderRun, persons } from './order-run.ts';

/** There is no model beside the run: the oracle judges each effect as it comes. */
type Model = Record<string, never>;
type Command = fc.AsyncCommand<Model, OrderRun>;

function command(name: string, run: (run: OrderRun) => Promise<void>): Command {
  return { check: () => true, run: async (_model, real) => run(real), toString: () => name };
}

/** The engine goes on for some turns; people answer what is asked of them. */
const goesOn = fc.record({ turns: fc.integer({ min: 1, max: 60 }), chance: fc.nat(99) }).map(({ turns, chance }) =>
  command(`goes on for ${turns} turns (${chance})`, async run => {
    for (let turn = 0; turn < turns && !run.ended; turn += 1) {
      run.turn(chance + turn, false);
      run.answers();
    }
  }),
);

const person = fc.constantFrom(...persons);
const some = fc.nat(999);

/** What is being done fails. */
const fails = some.map(chance => command(`fails (${chance})`, async run => run.turn(chance, true)));

/** Of all steps, or of those that have halted or are next. */
const which = fc.record({ among: fc.constantFrom('all', 'halted', 'next', 'checks'), place: some });

const skips = fc.record({ person, which, agreed: fc.boolean() }).map(({ person: who, which: one, agreed }) =>
  command(`${who} says !skip of ${one.among} ${one.place}${agreed ? ', agreed' : ''}`, async run => {
    const step = run.pick(one.among, one.place);
    if (step === undefined) return;
    await run.says(who, 'skip', { targets: run.targetArgument(step), step: step.node.step });
    if (agreed) run.agree();
  }),
);

const does = fc.record({ person, which, agreed: fc.boolean() }).map(({ person: who, which: one, agreed }) =>
  command(`${who} says !done of ${one.among} ${one.place}${agreed ? ', agreed' : ''}`, async run => {
    const step = run.pick(one.among, one.place);
    if (step === undefined) return;
    await run.says(who, 'done', { targets: run.targetArgument(step), step: step.node.step });
    if (agreed) run.agree();
  }),
);

const retries = fc.record({ person, place: some }).map(({ person: who, place }) =>
  command(`${who} says !retry ${place}`, async run => {
    const step = run.pick('halted', place);
    if (step !== undefined) await run.says(who, 'retry', { targets: run.targetArgument(step) });
  }),
);

const turnsBack = fc.record({ person, place: some, whole: fc.boolean() }).map(({ person: who, place, whole }) =>
  command(`${who} says ${whole ? 'all' : `target ${place}`} back`, async run => {
    const { targets } = run.run;
    const target = targets[place % targets.length]?.name ?? '';
    const name = run.run.outageBegun === undefined ? 'cancel' : 'rollback';
    await run.says(who, name, { targets: whole ? [] : [target] });
  }),
);

const pauses = person.map(who =>
  command(`${who} says !pause or !resume`, async run => {
    await run.says(who, run.run.paused === undefined ? 'pause' : 'resume', {});
  }),
);

const settles = person.map(who =>
  command(`${who} says !settle`, async run => {
    if (run.knows('settle')) await run.says(who, 'settle', {});
  }),
);

const later = fc.constantFrom(1, 20, 26 * 60).map(minutes =>
  command(`${minutes} minutes pass`, async run => {
    run.history.later(minutes * 60_000);
  }),
);

/** What people and the world do to a run, in any order. */
export const meddling: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [goesOn, goesOn, goesOn, fails, skips, skips, does, retries, turnsBack, pauses, settles, later],
  { maxCommands: 40, size: 'max' },
);

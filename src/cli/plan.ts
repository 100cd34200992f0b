import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mirrorRuns } from '#adapters/mirror/read-mirror.ts';
import { kinds } from '#changes/index.ts';
import { byHandText, planText } from '#chat/cards/plan.ts';
import { FerryError } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from '#engine/context.ts';
import { type Procedure, stepDefinition } from '#engine/plan-step.ts';
import type { ProposalRequest } from '#engine/runs.ts';
import { type Config, readConfig } from '#estate/config.ts';
import { targetsOf } from '#estate/lookups.ts';
import { readEstate } from '#estate/read-estate.ts';
import type { Estate } from '#estate/schema.ts';
import { returns } from '#jobs/back/return-of.ts';
import { steps, wayBackSteps } from '#jobs/index.ts';
import { hostKeyring } from '../app/host-keyring.ts';
import { openCompute, openWorld, publicKeyOf } from '../app/open-world.ts';
import { proposer } from '../app/proposer.ts';
import { readingKey } from './journal-key.ts';
import { mirrorFolder } from './mirror-folder.ts';
import { mirroredRun, mirroredRuns } from './mirrored-runs.ts';
import { patient } from './patient.ts';
import { outlineRun } from './plan/outline.ts';
import { exit, UsageError } from './subcommand.ts';
import { withoutState } from './without-state.ts';

const help = `ferry plan: every change that an upgrade would make, or the rest of a run by hand. Changes nothing.

Usage:
  ferry plan TARGET… [--to N] [--by-hand]   read the facts and print every change, with real ids
  ferry plan ENV [--to N] [--by-hand]       of all its targets, in one outage
  ferry plan RUN [--by-hand]                of a run, from the mirror alone: no Redis, no chat, no AWS

  --by-hand     as commands to type; of a run those that are left
  --to N        the Fedora release to go to (default: two up)
  --env-file F  variables to read (docs/configuration.md)
  --state DIR   folder with the mirror (default: FERRY_STATE, or ./state)

Of an upgrade that nobody proposed yet, what only appears later stands as <new-copr-be> and the like.
Exit: 0 done, 1 a target isn't ready (the sentence says why), 2 usage, 3 configuration, 4 the mirror isn't whole.
`;

const procedure: Procedure = { steps, kinds, wayBack: wayBackSteps, returns };

/** `ferry plan`. @throws UsageError, BadInput, FerryError. */
export async function planCommand(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'by-hand': { type: 'boolean', default: false },
      to: { type: 'string' },
      'env-file': { type: 'string' },
      state: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return exit.done;
  }
  const [first, ...others] = positionals;
  if (first === undefined) throw new UsageError('of which target, environment or run? See ferry plan --help');
  const config = readConfig({ envFile: values['env-file'], state: values.state });
  const draw = values['by-hand']
    ? (run: Run) => byHandText(run, { procedure })
    : (run: Run) => `${planText(run, { procedure })}\n`;
  const mirror = mirrorFolder(config.stateDir);
  if (others.length === 0 && mirrorRuns(mirror).includes(first)) {
    if (values.to !== undefined) throw new UsageError('--to goes with targets: a run has its release');
    return showRun(mirroredRun(mirror, first, readingKey(config.journalKey?.reveal(), config.stateDir)), draw);
  }
  if (others.length === 0 && /-[0-9]+$/.test(first) && !existsSync(config.estateFile)) {
    throw new UsageError(`${mirror} holds no run ${first}, and there is no estate whose target that could be`);
  }
  return showOutline(config, { names: positionals, release: releaseOf(values.to), mirror, draw });
}

function showRun(run: Run | undefined, draw: (run: Run) => string): number {
  if (run === undefined) throw new UsageError('the mirror holds nothing of that run');
  const ended = run.ended === undefined ? '' : `, which has ended: ${run.ended.outcome}`;
  process.stdout.write(`${run.id}, as of ${new Date(run.lastAt).toISOString()} by the mirror${ended}\n${draw(run)}`);
  if (run.strange === undefined) return exit.done;
  process.stderr.write(`ferry plan: ${run.strange}: what came after it is not shown\n`);
  return exit.unsafe;
}

function releaseOf(to: string | undefined): number | null {
  if (to === undefined) return null;
  if (/^[1-9][0-9]{1,2}$/.test(to)) return Number(to);
  throw new UsageError(`--to ${JSON.stringify(to)} is no release of Fedora: it is a number like 43`);
}

interface Wanted {
  readonly names: readonly string[];
  readonly release: number | null;
  readonly mirror: string;
  readonly draw: (run: Run) => string;
}

async function showOutline(config: Config, { names, release, mirror, draw }: Wanted): Promise<number> {
  const estate = patient(await readEstate(config.estateFile));
  const { environment, targets } = chosen(estate, names, mirror);
  const request: ProposalRequest = {
    what: 'upgrade',
    environment,
    targets,
    asker: 'nobody',
    because: null,
    release,
    room: '',
  };
  const prepared = await proposer({
    estate: () => estate,
    procedure,
    publicKey: publicKeyOf(config),
    runs: () => ({ list: async () => [] }),
  }).prepare(request);
  const now = Date.now();
  const empty = outlineRun(request, prepared, {}, procedure, now).run;
  const { facts, unready } = await readFacts(estate, config, mirror, empty);
  const { run, unplanned } = outlineRun(request, prepared, facts, procedure, now);
  process.stdout.write(
    `An upgrade of ${targets.join(', ')} would make these changes, by what was read just now. Nothing was changed.\n` +
      'What stands in <…> is known only once the run is under way; its real id is in what the room is asked to approve.\n' +
      draw(run),
  );
  const problems = [...unready, ...unplanned];
  for (const problem of problems) process.stderr.write(`ferry plan: ${problem}\n`);
  return problems.length === 0 ? exit.done : exit.failed;
}

/** @throws UsageError naming what there is. */
function chosen(estate: Estate, names: readonly string[], mirror: string) {
  const [only] = names;
  const whole = names.length === 1 && only !== undefined ? estate.environments[only] : undefined;
  if (whole !== undefined) {
    return { environment: whole.name, targets: targetsOf(estate, whole.name).map(target => target.name) };
  }
  const targets = [...new Set(names)].map(name => {
    const target = estate.targets[name];
    if (target !== undefined) return target;
    const there = [...Object.keys(estate.targets), ...Object.keys(estate.environments)].join(', ');
    const runs = `${mirror} holds ${mirrorRuns(mirror).join(', ') || 'no run'}`;
    throw new UsageError(`${JSON.stringify(name)} is no target, environment or run: there are ${there}; ${runs}`);
  });
  const environments = [...new Set(targets.map(target => target.environment))];
  const [environment = ''] = environments;
  if (environments.length > 1)
    throw new UsageError(`a run has one environment, these are of ${environments.join(' and ')}`);
  return { environment, targets: targets.map(target => target.name) };
}

/** By the step that reads them in a run. A target that isn't ready doesn't hide the others. */
async function readFacts(estate: Estate, config: Config, mirror: string, run: Run) {
  const compute = openCompute(estate, config);
  const key = readingKey(config.journalKey?.reveal(), config.stateDir);
  const runs = { list: async () => mirroredRuns(mirror, key) };
  const keyring = hostKeyring({ estate: () => estate, compute, runs: () => runs });
  const scratch = withoutState(config);
  const world = openWorld(estate, scratch.config, keyring, compute);
  const facts: Record<string, { facts: JsonObject; remarks: readonly string[] }> = {};
  const unready: string[] = [];
  try {
    const reading = stepDefinition(procedure, 'check-readiness');
    await Promise.all(
      run.targets.map(async ({ name }) => {
        try {
          const read = await reading.read?.(world.readers, contextOf(run, name));
          if (read !== undefined) facts[name] = read;
        } catch (error) {
          if (!(error instanceof FerryError)) throw error;
          unready.push(`${name} isn't ready: ${error.message}`);
        }
      }),
    );
  } finally {
    await world.close();
    scratch.forget();
  }
  return { facts, unready };
}

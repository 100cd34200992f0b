import { join } from 'node:path';
import type { JsonObject } from '#core/json.ts';
import type { StepContext } from '#engine/define-step.ts';
import { readEstate } from '#estate/read-estate.ts';
import type { RunSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';

/** What a run would freeze of the example estate, whose targets the simulator's world holds. */
export async function exampleSettings(environment: 'dev' | 'prod'): Promise<RunSettings> {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  return settingsOf(estate, environment, 'ssh-ed25519 AAAA');
}

/** A step's context as it is before anything was read or made, but for what is told. */
export function stepContext(
  settings: RunSettings,
  target: string,
  known: {
    readonly facts?: Readonly<Record<string, JsonObject>>;
    /** By step of the target. */
    readonly outputs?: Readonly<Record<string, JsonObject>>;
    readonly run?: Partial<StepContext['run']>;
  } = {},
): StepContext {
  return {
    run: {
      uid: 'r7k2m9q4x1',
      id: `${settings.environment.name}-1`,
      what: 'upgrade',
      environment: settings.environment.name,
      asker: 'alice',
      release: null,
      because: null,
      proposedAt: Date.now(),
      outageBegunAt: null,
      outageMinutes: null,
      outage: 1,
      turnedBack: false,
      turned: [],
      targets: [target],
      ...known.run,
    },
    target,
    settings: settings as unknown as JsonObject,
    facts: name => known.facts?.[name],
    outputs: (name, step) => (name === target ? known.outputs?.[step] : undefined),
    attempts: () => [],
    undone: () => false,
    byHand: () => undefined,
    has: () => true,
  };
}

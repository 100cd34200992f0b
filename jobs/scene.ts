import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { StepContext } from '#engine/define-step.ts';
import type { TargetFacts } from './facts.ts';
import type { RunSettings, TargetSettings } from './settings.ts';

/** Outputs of launch-instance. */
export type Launched = {
  readonly instance: string;
  readonly privateIp: string;
  readonly networkInterface: string;
  readonly rootVolume: string;
  /** Addresses that it got at its launch. */
  readonly ipv6?: readonly string[];
};

/**
 * A step's context with the procedure's types. `old` is the instance that leaves, `new` the one that comes: of a return the
 * other way round than people name them, so the steps that move a service from one to the other are the same.
 * Asking for what isn't known is an error that names it.
 */
export interface Scene {
  readonly context: StepContext;
  readonly settings: RunSettings;
  readonly target: TargetSettings;
  readonly facts: TargetFacts;
  readonly old: { readonly instance: string };
  /** The instance that was launched, or of a return the kept one. */
  readonly new: Launched;
  /** Host keys of `new`, OpenSSH public key lines. */
  readonly pins: readonly string[];
  /** Of another target of the environment. */
  other(target: string): Omit<Scene, 'other'> & { readonly launched: boolean };
  outputs(step: string): JsonObject;
}

/** @throws Halt `missing` naming the target and the fact or output that isn't there. */
export function scene(context: StepContext, name = context.target): Scene {
  const settings = context.settings as unknown as RunSettings;
  const missing = (what: string) => new Halt('missing', `${name}: ${what} isn't known yet`);
  return {
    context,
    settings,
    get target() {
      const target = settings.targets[name];
      if (target === undefined) throw missing('the target in the estate');
      return target;
    },
    get facts() {
      const facts = context.facts(name);
      if (facts === undefined) throw missing('what check-readiness reads');
      return facts as unknown as TargetFacts;
    },
    get old() {
      return { instance: this.facts.old.instance };
    },
    get new() {
      const { kept } = (context.facts(name) ?? {}) as Partial<TargetFacts>;
      const outputs = kept ?? context.outputs(name, 'launch-instance');
      if (outputs === undefined) throw missing('the new instance');
      return outputs as unknown as Launched;
    },
    get pins() {
      const kept = settings.returns?.[name]?.kept;
      return kept?.hostKeys ?? (this.outputs('pin-host-keys').keys as readonly string[]);
    },
    other(target) {
      const launched = context.outputs(target, 'launch-instance') !== undefined;
      return Object.assign(Object.create(scene(context, target)) as Scene, { launched });
    },
    outputs(step) {
      const outputs = context.outputs(name, step);
      if (outputs === undefined) throw missing(`what ${step} brings about`);
      return outputs;
    },
  };
}

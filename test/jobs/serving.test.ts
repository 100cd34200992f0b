import { expect, it } from 'vitest';
import type { JsonObject } from '#core/json.ts';
import type { StepContext } from '#engine/define-step.ts';
import { checkService } from '#jobs/outage/check-service.ts';
import { servingOf } from '#jobs/serving.ts';
import { exampleSettings, stepContext } from '../builders/step-context.ts';

const settings = await exampleSettings('dev');
const keygen = 'copr-keygen-dev';
const backend = 'copr-be-dev';
const facts = (instance: string) =>
  ({
    old: { instance },
    backend: { instance: 'i-old-be' },
    keygen: { instance: 'i-old-kg' },
    inventory: { addresses: [], keygen: [] },
  }) as unknown as JsonObject;

/** keygen's view of a run, and what its backend did in it. */
function seen(backendIs: { moved?: boolean; undone?: boolean; turned?: boolean; inRun?: boolean }): StepContext {
  const { moved = false, undone = false, turned = false, inRun = true } = backendIs;
  const base = stepContext(settings, keygen, {
    facts: { [keygen]: facts('i-old-kg'), [backend]: facts('i-old-be') },
    run: { targets: inRun ? [keygen, backend] : [keygen], turned: turned ? [backend] : [] },
  });
  const launched = { instance: 'i-new-be', privateIp: '172.30.2.9' };
  return {
    ...base,
    outputs: (name, step) => {
      if (name !== backend) return undefined;
      if (step === 'launch-instance') return launched;
      return step === 'move-address' && moved ? {} : undefined;
    },
    undone: (name, step) => name === backend && step === 'move-address' && undone,
  };
}

it('the backend that serves is the new one once it has the address, and the old one again when that went back', () => {
  expect(servingOf(seen({ inRun: false }), 'backend')).toBe('i-old-be');
  expect(servingOf(seen({}), 'backend')).toBe('i-old-be');
  expect(servingOf(seen({ moved: true }), 'backend')).toBe('i-new-be');
  expect(servingOf(seen({ moved: true, undone: true }), 'backend')).toBe('i-old-be');
  expect(servingOf(seen({ moved: true, turned: true }), 'backend')).toBe('i-old-be');
});

it('keygen signs a test file on the live backend where the run’s own went back, as where it has none', () => {
  const hosts = (context: StepContext) =>
    (checkService.plan?.(context) ?? []).map(
      change => (change.args as { host?: { instance?: string } }).host?.instance,
    );
  expect(hosts(seen({ inRun: false }))).toEqual(['i-old-be']);
  expect(hosts(seen({ moved: true }))).toEqual([]);
  expect(hosts(seen({ moved: true, turned: true }))).toEqual(['i-old-be']);
});

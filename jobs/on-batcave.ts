import type { RunSettings } from './settings.ts';

/** Where playbooks are played, and by what, for a change's arguments. */
export function onBatcave({ batcave }: Pick<RunSettings, 'batcave'>): {
  readonly host: { readonly host: string };
  readonly program?: string;
} {
  return { host: { host: batcave.host }, ...(batcave.program === undefined ? {} : { program: batcave.program }) };
}

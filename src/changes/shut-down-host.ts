import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { endedLook } from './shared/ended-instance.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';
import { startInstance } from './start-instance.ts';

type Args = { readonly host: { readonly instance: string; readonly user?: string } };

/**
 * Shuts a host down from inside, until EC2 describes it as stopped. An instance whose own shutdown means termination is
 * not for this: `stop-instance` always stops. Source: the document, "Re-Attach the data volume"; procedure, power-off-old.
 */
export const shutDownHost: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'shut-down-host',
  version: 1,
  repeat: 'converges',
  limit: 'power',
  mayBeBehind: true,

  say: ({ host }) => `shut ${hostName(host)} down (shutdown -h now)`,

  async look({ compute }, { host }) {
    const instance = await compute.instance(host.instance);
    if (instance === undefined) return noSuch(host.instance);
    switch (instance.state) {
      case 'stopped':
        return { is: 'after', output: {} };
      case 'stopping':
        return { is: 'under-way', saw: `${host.instance} is stopping` };
      case 'running':
        return { is: 'before' };
      case 'pending':
        return { is: 'not-yet', why: `${host.instance} is pending` };
      default:
        return endedLook(instance);
    }
  },

  async make(ports, { host }, send) {
    await runOrRefuse(ports, { host, argv: ['shutdown', '-h', 'now'], what: 'shut down' }, send);
  },

  inverse: ({ host }) => ({ change: startInstance({ instance: host.instance }) }),

  byHand: ({ host }) => onHost(host, 'shutdown -h now'),
});

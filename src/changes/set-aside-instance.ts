import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly instance: string };

/** The tag of what a run launched, and its value once the run turned back: by it a retirement finds the instance. */
export const workflowTag = 'CoprFedoraNextWorkflow';
export const turnedBack = 'turned-back';

/**
 * Stops an instance that a run launched and turned back from, and keeps it, tagged: it is the only evidence of what went
 * wrong. It is removed by a retirement. Source: procedure, "What the first version taught".
 */
export const setAsideInstance: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-aside-instance',
  version: 1,
  repeat: 'converges',
  limit: 'power',

  say: ({ instance }) => `stop ${instance} and keep it, tagged ${workflowTag}=${turnedBack}`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    switch (instance.state) {
      case 'pending':
        return { is: 'not-yet', why: `${args.instance} is pending` };
      case 'stopping':
        return { is: 'under-way', saw: `${args.instance} is stopping` };
      case 'running':
      case 'stopped':
        break;
      default:
        return { is: 'after', output: {}, saw: `${args.instance} is ${instance.state}: nothing is left to keep` };
    }
    const tagged = (await compute.tags(args.instance))[workflowTag] === turnedBack;
    return tagged && instance.state === 'stopped' ? { is: 'after', output: {} } : { is: 'before' };
  },

  /** The tag first: whatever becomes of the stop, it says whose the instance is. Each converges. */
  async make({ compute }, { instance }, send) {
    await compute.setTags(instance, { [workflowTag]: turnedBack }, send);
    const now = await compute.instance(instance);
    if (now?.state === 'running') await compute.stopInstance(instance, send);
  },

  inverse: ({ instance }) => ({ rule: `${instance} stays stopped until a retirement removes it` }),

  byHand: ({ instance }) =>
    [
      commandLine([
        ...['aws', 'ec2', 'create-tags', '--resources', instance, '--tags'],
        `Key=${workflowTag},Value=${turnedBack}`,
      ]),
      commandLine(['aws', 'ec2', 'stop-instances', '--instance-ids', instance]),
    ].join(' && '),
});

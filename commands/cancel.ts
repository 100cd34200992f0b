import { defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';

export const cancel = defineCommand({
  name: 'cancel',
  usage: 'RUN because …',
  help: 'before the outage: undo what was prepared',
  takes: { run: true, target: 'one', environment: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.outageBegun === undefined,
  needs: ['runs'],
  async run({ run, runs, person = '', accounts, cause }, { because }) {
    await runs.record(run.id, cause, current => {
      if (current.outageBegun !== undefined)
        throw new BadInput('run', `${run.id} is in or after its outage: !rollback ${run.id} goes back.`);
      if (current.turning !== undefined)
        throw new BadInput('run', `${run.id} is turning back already, ${current.turning.person} said so.`);
      if (
        current.what === 'retirement' &&
        Object.values(current.steps).some(step => step.node.gate === 'retire' && step.begunAt !== undefined)
      ) {
        throw new BadInput('run', `${run.id} has begun to remove instances, and that can't be undone.`);
      }
      const targets = current.targets.map(target => target.name).filter(name => current.turned[name] === undefined);
      if (targets.length === 0) throw new BadInput('run', `${run.id} is cancelled already.`);
      return [{ type: 'turning-back', how: 'cancel', person, accounts, because: because ?? null, targets }];
    });
    return undefined;
  },
});

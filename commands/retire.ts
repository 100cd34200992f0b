import { answer, defineCommand } from '#chat/define-command.ts';
import { leavesInstance } from '#chat/outlook.ts';
import { proposeRun } from '#chat/propose-run.ts';
import { leftNothingOld } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';

export const retire = defineCommand({
  name: 'retire',
  usage: 'TARGET… or ENV [because …]',
  help: 'remove old instances; needs approval',
  detail:
    'A run of its own: it checks that nothing is left on the old instances, asks for RETIRE, and only then terminates them, with what runs launched and turned back from; the snapshots of such runs and of cancelled ones go too. Of an environment, targets are left out whose newest run left no old instance.',
  takes: { target: 'many', environment: true, because: 'may' },
  changes: true,
  rooms: 'work',
  subject: 'targets',
  needs: ['runs', 'estate', 'drawing', 'clock'],
  async run({ targets, environment, runs, estate, drawing, clock, ...asking }, { environment: whole, because }) {
    const keeps = (run: Run, name: string) =>
      leavesInstance(run, name, drawing.outlook) || (drawing.outlook.kept?.(run, name).snapshots ?? []).length > 0;
    const nothing = whole === undefined ? new Map<string, Run>() : leftNothingOld(await runs.list(), keeps);
    const wanted = targets.filter(name => !nothing.has(name));
    const left = targets.flatMap(name => {
      const run = nothing.get(name);
      return run === undefined
        ? []
        : [`${name} (${run.what === 'retirement' ? 'was removed' : 'went back'} in ${run.id})`];
    });
    if (wanted.length === 0) {
      return answer(asking, `No old instance is left in ${whole}: ${left.join(', ')}.`);
    }
    const { person, accounts, room, cause } = asking;
    const asked = { asker: person ?? '', accounts, because: because ?? null, release: null, room };
    await proposeRun({ runs, estate, clock }, { what: 'retirement', environment, targets: wanted, ...asked }, cause);
    if (left.length === 0) return undefined;
    return answer(
      asking,
      `Left out, as no old instance is left of it: ${left.join(', ')}. Named by itself it is checked all the same.`,
    );
  },
});

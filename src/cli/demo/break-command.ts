import type { Simulator } from '#sim/simulator.ts';
import type { FaultKind, FaultMatch } from '#sim/state.ts';
import type { ExtraCommand } from '../room/room-session.ts';
import { UsageError } from '../subcommand.ts';
import type { BotProcess } from './bot-process.ts';

/** What can be broken, as faults of the simulator. */
const faults: Readonly<
  Record<string, { readonly match: FaultMatch; readonly kind: FaultKind; readonly says: string }>
> = {
  playbook: {
    match: { service: 'ssh', action: 'rbac-playbook' },
    kind: 'fail',
    says: 'The next playbook that is played fails, and Ferry asks what to do. Then: !retry',
  },
  volume: {
    match: { service: 'ec2', action: 'DetachVolume' },
    kind: 'busy',
    says: 'The next volume that is detached stays busy for a while: Ferry waits and goes on.',
  },
  aws: {
    match: { service: 'ec2' },
    kind: 'throttled',
    says: 'AWS throttles the next 5 calls: Ferry sends them again and goes on.',
  },
};

/** `/break playbook|volume|aws|bot`. */
export function breakCommand(
  simulator: Simulator,
  bot: BotProcess,
  print: (lines: readonly string[]) => void,
): ExtraCommand {
  return {
    help: '/break playbook|volume|aws|bot   break something (bot: kill -9; it comes back and goes on)',
    async run(rest) {
      const what = rest.trim();
      if (what === 'bot') {
        bot.kill();
        print(['! The bot was killed (kill -9). It is started again, and goes on where it was.']);
        return;
      }
      const fault = faults[what];
      if (fault === undefined) throw new UsageError('break what? playbook, volume, aws or bot');
      simulator.kernel.addFault(fault.match, fault.kind, what === 'aws' ? 5 : 1);
      print([`! ${fault.says}`]);
    },
  };
}

import { canonicalIpv6 } from '#core/zone/zone-edit.ts';
import { type ChangeMaker, defineChange, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { tellingLines } from './parsers/play.ts';
import { onHost } from './shared/command-line.ts';
import { failedPlay } from './shared/judge-play.ts';
import { lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';
import { usualProgram } from './shared/usual-program.ts';
import { wholeOutput } from './shared/whole-output.ts';

type Args = {
  /** batcave01. */
  readonly host: HostRef;
  /** The playbook that runs `update-dns` on each name server. */
  readonly playbook: string;
  /** What plays it, where that is another program than rbac-playbook. */
  readonly program?: string;
  readonly name: string;
  /** The one AAAA record that each name server answers with. */
  readonly address: string;
  /** Its TTL in seconds; null: whatever it is. */
  readonly seconds: number | null;
};

/**
 * Runs `update-dns` on the name servers by its playbook, detached, and waits until each configured one answers with the
 * record. Made when they do, whoever brought it about. Source: facts, "batcave01".
 */
export const updateDns: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'update-dns',
  version: 1,
  repeat: 'converges',
  limit: 'network',

  say: args => `play ${args.playbook}: every name server answers with ${inWords(args)}`,

  async look(ports, args, about) {
    // The command's state before the world: what it brings about in between shows.
    const state = await lookAtCommand<Nothing>(ports, args.host, about, args.playbook, tellingLines);
    const behind = await serversBehind(ports, args);
    if (behind.length === 0) return { is: 'after', output: {} };
    if (state.is === 'absent') return { is: 'before' };
    if (state.is === 'failed')
      return failedPlay(args.playbook, await wholeOutput(ports, args.host, about.run, about.key)) ?? state;
    if (state.is !== 'done') return state;
    return { is: 'under-way', saw: `${behind.join(' and ')} doesn't answer with ${inWords(args)} yet` };
  },

  async make({ shell }, { host, playbook, program = usualProgram }, send) {
    await shell.start(host, ['sudo', program, playbook], send);
    return undefined;
  },

  inverse: () => ({ rule: 'the name servers are updated again once the record is as it was' }),

  byHand: ({ host, playbook, program = usualProgram }) => onHost(host, ['sudo', program, playbook]).replace('# ', '$ '),
});

/** Configured name servers that don't answer with the record, or with another TTL. */
async function serversBehind({ dns }: Pick<Readers, 'dns'>, { name, address, seconds }: Args): Promise<string[]> {
  const [answers, lifetimes] = await Promise.all([dns.resolve(name, 'AAAA'), dns.lifetimes(name, 'AAAA')]);
  const wanted = canonicalIpv6(address);
  return answers.flatMap(({ server, addresses }, index) => {
    const same = addresses.length === 1 && canonicalIpv6(addresses[0] ?? '') === wanted;
    const fits = seconds === null || lifetimes[index]?.seconds === seconds;
    return same && fits ? [] : [server];
  });
}

function inWords({ name, address, seconds }: Args): string {
  return `${address} for ${name}${seconds === null ? '' : `, TTL ${seconds}`}`;
}

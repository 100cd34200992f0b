import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  /** File names, e.g. "64-md-raid-assembly.rules". */
  readonly rules: readonly string[];
  readonly masked: boolean;
};

const folder = '/run/udev/rules.d';
const mask = `mkdir -p ${folder} && for rule in "$@"; do : > "${folder}/$rule" || exit 1; done; udevadm control --reload`;
const unmask = `for rule in "$@"; do rm -f "${folder}/$rule" || exit 1; done; udevadm control --reload`;

/**
 * Masks udev rules until the next boot, by empty files of the same names in /run, so that udev doesn't assemble arrays as
 * their members come one by one. Source: procedure, unmount-data and assemble-storage; udev(7).
 */
export const setUdevRulesMasked: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-udev-rules-masked',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, rules, masked }) =>
    `on ${hostName(host)} ${masked ? 'mask' : 'unmask'} the udev rules ${rules.join(', ')} in ${folder}`,

  async look({ shell }, { host, rules, masked }) {
    const texts = await Promise.all(rules.map(rule => shell.file(host, `${folder}/${rule}`)));
    const strange = rules.filter((_rule, index) => (texts[index] ?? '').trim() !== '');
    if (strange.length > 0) {
      return other(
        'not-ours',
        `${strange.join(', ')} in ${folder} of ${hostName(host)} isn't empty: somebody wrote it`,
      );
    }
    return texts.every(text => (text !== undefined) === masked) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { host, rules, masked }, send) {
    const argv = ['sh', '-c', masked ? mask : unmask, 'udev', ...rules];
    await runOrRefuse(ports, { host, argv, what: `${masked ? 'mask' : 'unmask'} udev rules` }, send);
  },

  inverse: ({ host, rules, masked }) => ({ change: setUdevRulesMasked({ host, rules, masked: !masked }) }),

  byHand: ({ host, rules, masked }) =>
    onHost(
      host,
      masked
        ? `mkdir -p ${folder} && touch ${rules.map(rule => `${folder}/${rule}`).join(' ')} && udevadm control --reload`
        : `rm -f ${rules.map(rule => `${folder}/${rule}`).join(' ')} && udevadm control --reload`,
    ),
});

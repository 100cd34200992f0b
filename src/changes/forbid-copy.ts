import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { onHost } from './shared/command-line.ts';
import { authorizedKeysPath, copyKeyComment } from './shared/copy-key.ts';
import type { Nothing } from './shared/nothing.ts';

type Host = { readonly instance: string; readonly user?: string };
type Args = { readonly from: Host; readonly to: Host };

/** Takes the new host's key out of the old one's authorized_keys: the end, and the way back, of `allow-copy`. Source: procedure, copy-root-state. */
export const forbidCopy: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'forbid-copy',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ from, to }) => `no longer let ${to.instance} read from ${from.instance}`,

  async look({ shell }, { from, to }) {
    const text = (await shell.file(from, authorizedKeysPath)) ?? '';
    return text === without(text, to) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make({ shell }, { from, to }, send) {
    const text = (await shell.file(from, authorizedKeysPath)) ?? '';
    await shell.write(from, authorizedKeysPath, without(text, to), send, { mode: '0600' });
    return undefined;
  },

  inverse: ({ to }) => ({ rule: `${to.instance} is let in again only when something is copied again` }),

  byHand: ({ from, to }) => onHost(from, `sed -i '/ ${copyKeyComment(to.instance)}$/d' ${authorizedKeysPath}`),
});

function without(text: string, to: Host): string {
  const comment = ` ${copyKeyComment(to.instance)}`;
  return text
    .split('\n')
    .filter(line => !line.endsWith(comment))
    .join('\n');
}

import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { onHost } from './shared/command-line.ts';
import { authorizedKeysPath, copyKeyComment, copyModulesPath } from './shared/copy-key.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Host = { readonly instance: string; readonly user?: string };
type Args = { readonly from: Host; readonly to: Host };

/** $1 authorized_keys, $2 what was served: the latter goes, and the former where it was made for this only. */
const clear =
  'rm -f "$2" && if [ -e "$1.ferry-made" ]; then if [ -s "$1" ]; then rm -f "$1.ferry-made"; else rm -f "$1" "$1.ferry-made"; fi; fi';

/** Takes the new host's key out of the old one's authorized_keys: the end, and the way back, of `allow-copy`. Source: procedure, copy-root-state. */
export const forbidCopy: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'forbid-copy',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ from, to }) => `no longer let ${to.instance} read from ${from.instance}`,

  async look({ shell }, { from, to }) {
    const text = (await shell.file(from, authorizedKeysPath)) ?? '';
    const modules = await shell.file(from, copyModulesPath(to.instance));
    return text === without(text, to) && modules === undefined ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { from, to }, send) {
    const { shell } = ports;
    const text = await shell.file(from, authorizedKeysPath);
    if (text !== undefined && text !== without(text, to))
      await shell.write(from, authorizedKeysPath, without(text, to), send, { mode: '0600' });
    const argv = ['sh', '-c', clear, 'rm', authorizedKeysPath, copyModulesPath(to.instance)];
    await runOrRefuse(ports, { host: from, argv, what: 'remove what was served' }, send);
    return undefined;
  },

  inverse: ({ to }) => ({ rule: `${to.instance} is let in again only when something is copied again` }),

  byHand: ({ from, to }) =>
    onHost(
      from,
      `sed -i '/ ${copyKeyComment(to.instance)}$/d' ${authorizedKeysPath}; rm -f ${copyModulesPath(to.instance)}`,
    ),
});

function without(text: string, to: Host): string {
  const comment = ` ${copyKeyComment(to.instance)}`;
  return text
    .split('\n')
    .filter(line => !line.endsWith(comment))
    .join('\n');
}

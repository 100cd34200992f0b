import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';

type Args = {
  /** Where copr-cli runs: batcave01. */
  readonly host: HostRef;
  /** Its configuration there: the API's address, login and token. */
  readonly config: string;
  /** "@copr/ferry-test". */
  readonly project: string;
  /** A package of the project, with a source of its own. */
  readonly package: string;
};
/** Id of the build; null where copr-cli didn't print it. */
type Output = { readonly build: number | null };

/**
 * Has Copr build a package from its own source, detached, and waits for the end: copr-cli exits with 0 only when the build
 * has succeeded. A failed one has ended this generation: a person decides, and `!retry` builds anew. Source: procedure,
 * check-service.
 */
export const buildPackage: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'build-package',
  version: 1,
  repeat: 'converges',
  limit: 'build',
  unseen: true,

  say: args => `on ${hostName(args.host)} build ${args.package} in ${args.project} with the login of ${args.config}`,

  async look(ports, args, about) {
    const state = await lookAtCommand<Output>(ports, args.host, about, `the build of ${args.package}`);
    if (isLook(state)) return state;
    if (state.is === 'absent') return { is: 'before' };
    const [, build] = /^Created builds: (\d+)/m.exec(state.tail.join('\n')) ?? [];
    return { is: 'after', output: { build: build === undefined ? null : Number(build) } };
  },

  async make({ shell }, args, send) {
    await shell.start(args.host, argvOf(args), send);
    return undefined;
  },

  inverse: ({ project }) => ({ rule: `the build stays in ${project}` }),

  byHand: args => onHost(args.host, argvOf(args)).replace('# ', '$ '),
});

function argvOf({ config, project, package: name }: Args): string[] {
  return ['copr-cli', '--config', config, 'build-package', '--name', name, project];
}

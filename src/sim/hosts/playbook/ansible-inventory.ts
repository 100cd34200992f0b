import { done, failed, type HostCommand, split } from '../call.ts';
import { groupsOf, viewOf } from './inventory-view.ts';

/** ansible-inventory over the checkout on batcave01. */
export const ansibleInventory: HostCommand = async ({ host, args }) => {
  if (host.state.id !== 'batcave01') return failed('ansible-inventory: command not found', 127);
  const { flags, values, operands } = split(args, ['--host', '-i', '--inventory']);
  const name = values.get('--host');
  if (name !== undefined) {
    const view = await viewOf(host, name);
    if (view === undefined) return failed(`ERROR! You must pass a single valid host to --host parameter`, 5);
    return done(JSON.stringify({ ...view.vars, group_names: view.groups }, undefined, 4));
  }
  const groups = await groupsOf(host);
  if (flags.includes('--list')) return done(JSON.stringify(groups, undefined, 4));
  if (!flags.includes('--graph'))
    return failed('ERROR! No action selected, at least one of --host, --graph or --list needs to be specified.', 5);
  const top = operands.length > 0 ? operands : Object.keys(groups);
  const lines = top.flatMap(group => [
    `@${group}:`,
    ...(groups[group]?.children ?? []).map(child => `  |--@${child}:`),
    ...(groups[group]?.hosts ?? []).map(one => `  |--${one}`),
  ]);
  return done(lines.join('\n'));
};

import type { Command } from './define-command.ts';

/** `docs/commands.md`: one heading a command, drawn from the registry. */
export function commandsPage(commands: readonly Command[]): string {
  const sections = commands.map(command => {
    const also =
      command.aliases === undefined ? [] : ['', `Also: ${command.aliases.map(name => `\`!${name}\``).join(', ')}.`];
    const detail = command.detail === undefined ? [] : ['', command.detail];
    const who = command.changes ? "Only the environment's `ask` people." : 'Everybody.';
    const where = command.rooms === 'any' ? 'Work rooms and tell rooms.' : 'Work rooms.';
    const call = ['!', command.name, command.usage === '' ? '' : ` ${command.usage}`].join('');
    return [`## ${command.name}`, '', `\`${call}\`: ${command.help}.`, ...detail, ...also, '', `${who} ${where}`].join(
      '\n',
    );
  });
  return [
    '# Chat commands',
    '',
    'In a work room `!verb`; everywhere `!ferry verb`, or the bot’s name first. The run may be left out inside its thread or',
    'where only one fits. Only the first line of a new message counts; code, quotes and edits are ignored. Names are plain',
    'ASCII. What stands after `because` is free text of at most 500 characters.',
    '',
    'Approvals are reactions on the request (✅ approves, ❌ rejects), never commands. 👀 on a halt is `!take`.',
    '',
    ...sections.flatMap(section => [section, '']),
  ].join('\n');
}

import { columns } from '#chat/cards.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { nearest } from '#chat/nearest.ts';
import { BadInput } from '#core/errors.ts';

export const help = defineCommand({
  name: 'help',
  usage: '[COMMAND]',
  help: 'what you can say here',
  takes: { word: true },
  changes: false,
  rooms: 'any',
  subject: 'nothing',
  needs: ['commands'],
  async run({ commands, ...asking }, { word }) {
    const listed = asking.kind === 'work' ? commands : commands.filter(command => command.rooms === 'any');
    if (word === undefined) {
      const rows = listed.map(command => [`!${command.name} ${command.usage}`.trim(), command.help] as const);
      const head =
        'In a work room !verb, everywhere !ferry verb or my name first. The run may be left out in its thread.';
      return answer(asking, [head, ...columns(rows, '  ')].join('\n'));
    }
    const name = word.toLowerCase();
    const found = listed.find(command => command.name === name || command.aliases?.includes(name));
    if (found === undefined) {
      const near = nearest(
        name,
        listed.map(command => command.name),
      );
      throw new BadInput(name, `I have no command ${name}.${near === undefined ? '' : ` Did you mean !${near}?`}`);
    }
    const also = found.aliases === undefined ? [] : [`Also: ${found.aliases.map(one => `!${one}`).join(', ')}.`];
    const who = found.changes ? ["Only for the environment's ask people."] : [];
    const detail = found.detail === undefined ? [] : [found.detail];
    return answer(
      asking,
      [`${[`!${found.name}`, found.usage].join(' ').trim()}: ${found.help}.`, ...detail, ...also, ...who].join('\n'),
    );
  },
});

import { both } from '#chat/cards.ts';
import { environmentOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';

export const who = defineCommand({
  name: 'who',
  usage: '[ENV]',
  help: 'who may ask, approve, is on call',
  takes: { environment: true },
  changes: false,
  rooms: 'work',
  subject: 'nothing',
  needs: ['estate'],
  async run({ estate, ...asking }, { environment }) {
    const wanted = asking.environments.filter(one => environment === undefined || one === environment);
    const lines = wanted.map(name => {
      const { ask, approvers, page } = environmentOf(estate, name);
      return `${name}: ${both(ask)} may ask; ${both(approvers)} may approve, never what they asked for themselves; on call: ${both(page)}.`;
    });
    return answer(asking, lines.length === 0 ? `${environment} isn't worked on in this room.` : lines.join('\n'));
  },
});

import { answer, defineCommand } from '#chat/define-command.ts';

export const whoami = defineCommand({
  name: 'whoami',
  usage: '',
  help: 'who you are to me, what you may do',
  takes: {},
  changes: false,
  rooms: 'any',
  subject: 'nothing',
  needs: ['estate'],
  async run({ estate, ...asking }) {
    const { person, account } = asking;
    if (person === undefined) return answer(asking, `${account} is mapped to no person: you may read.`);
    const lines = Object.values(estate.environments)
      .filter(one => asking.environments.includes(one.name))
      .map(one => {
        const may = [
          ...(one.ask.includes(person) ? ['give commands'] : []),
          ...(one.approvers.includes(person) ? ['approve what others ask for'] : []),
          ...(one.page.includes(person) ? ['are on call'] : []),
        ];
        return `${one.name}: you ${may.length === 0 ? 'may read' : `may ${may.join(', ')}`.replace('may are on call', 'are on call').replace(', are on call', ', and are on call')}.`;
      });
    return answer(asking, [`${account} is ${person}.`, ...lines].join('\n'));
  },
});

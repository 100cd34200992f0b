import { expect, it } from 'vitest';
import { incomingEvent, mayBeginWithName } from '#adapters/matrix/incoming-event.ts';
import { hear } from '#chat/parse.ts';

const self = '@ferry:example.org';
const listening = { verbs: ['status', 'start'], names: ['ferry', self], targets: [] };
const us = { 'm.mentions': { user_ids: [self] } };
const pill = (label: string, rest: string, before = '', account = self) => ({
  format: 'org.matrix.custom.html',
  formatted_body: `${before}<a href="https://matrix.to/#/${account}">${label}</a>${rest}`,
});

/** What the bot, called "Copr Ferry ⛴" in the room, makes of a message. */
function heard(body: string, more: object = {}, name = 'Copr Ferry ⛴') {
  const content = { msgtype: 'm.text', body, ...more };
  const raw = { type: 'm.room.message', event_id: '$e', sender: '@alice:example.org', content };
  const said = incomingEvent('!r:x', raw, self, mayBeginWithName(raw, self) ? [name] : []);
  if (said?.type !== 'said') return undefined;
  const found = hear(said.text, said.mentionsUs, listening);
  return found.is === 'command' ? `${found.verb} ${found.rest}`.trim() : found.is;
}

it.each([
  ['the display name and a colon', 'Copr Ferry ⛴: status dev', us],
  ['the display name and a comma', 'Copr Ferry ⛴, status dev', us],
  ['the display name alone', 'Copr Ferry ⛴ status dev', us],
  ['the display name in other letters, and no blank', 'copr ferry ⛴:status dev', us],
  ['an @ before the display name', '@Copr Ferry ⛴: status dev', us],
  [
    'a pill whose label is the display name, nothing else said',
    'Copr Ferry ⛴: status dev',
    pill('Copr Ferry ⛴', ': status dev'),
  ],
  ['a pill of a name that was changed since', 'Old Name: status dev', pill('Old Name', ': status dev')],
  [
    'a pill in a paragraph, of a name with signs',
    'A & B: status dev',
    {
      format: 'org.matrix.custom.html',
      formatted_body: `<p><a href='https://matrix.to/#/${self}?via=x'>A &amp; B</a>: status dev</p>`,
    },
  ],
  ['a pill with an encoded link', 'Ferry status dev', pill('Ferry', ' status dev', '', encodeURIComponent(self))],
  [
    'a pill in a reply of an older client',
    `> <@bob:example.org> what now?\n\nCopr Ferry ⛴: status dev`,
    {
      'm.relates_to': { 'm.in_reply_to': { event_id: '$b' } },
      format: 'org.matrix.custom.html',
      formatted_body: `<mx-reply><blockquote>what now?</blockquote></mx-reply><a href="https://matrix.to/#/${self}">Copr Ferry ⛴</a>: status dev`,
    },
  ],
  ['a link in Markdown', `[Copr Ferry ⛴](https://matrix.to/#/${self}): status dev`, {}],
  ['a bare link', `https://matrix.to/#/${self} status dev`, us],
  ['a link of the scheme matrix:', 'matrix:u/ferry:example.org: status dev', {}],
  ['the account', `${self}: status dev`, {}],
  ['the account in angles of a link', `<https://matrix.to/#/${self}>, status dev`, {}],
  ['the short name', 'ferry: status dev', us],
  ['a command with its mark', 'Copr Ferry ⛴: !status dev', us],
  ['the account in angles', `<${self}>: status dev`, {}],
  ['the account with its mark, and a colon', '!ferry: status dev', us],
  ['a blank before the colon', 'Copr Ferry ⛴ : status dev', us],
  ['a colon of full width', 'Copr Ferry ⛴：status dev', us],
  ['the display name in brackets behind an @', '@[Copr Ferry ⛴]: status dev', us],
  [
    'a pill in bold, whose text keeps the signs',
    '**Copr Ferry ⛴**: status dev',
    { ...us, ...pill('Copr Ferry ⛴', '</strong>: status dev', '<strong>') },
  ],
  [
    'a link in Markdown of a name with brackets',
    `[Ferry \\[dev\\]](https://matrix.to/#/${self}): status dev`,
    { ...us, ...pill('Ferry [dev]', ': status dev') },
  ],
  [
    'a link in Markdown of a name with brackets as they are',
    `[Ferry [dev]](https://matrix.to/#/${self}): status dev`,
    {},
  ],
])('is addressed by %s', (_, body, more) => {
  expect(heard(body, more)).toBe('status dev');
});

it.each([
  ['somebody of that name who is not mentioned', 'Copr Ferry ⛴: status dev', {}],
  [
    'a pill of somebody else',
    'Copr Ferry ⛴: status dev',
    pill('Copr Ferry ⛴', ': status dev', '', '@other:example.org'),
  ],
  ['a longer name', 'Copr Ferry ⛴s: status dev', us],
  ['a link to somebody whose id begins like ours', `https://matrix.to/#/${self}.evil status dev`, {}],
  ['a mention in the middle', `status dev, says ${self}`, us],
  [
    'a pill behind other words',
    'ask Copr Ferry ⛴: status dev',
    {
      ...us,
      ...{
        format: 'org.matrix.custom.html',
        formatted_body: `ask <a href="https://matrix.to/#/${self}">Copr Ferry ⛴</a>: status dev`,
      },
    },
  ],
])('is not addressed by %s', (_, body, more) => {
  expect(heard(body, more)).toBe('nothing');
});

it.each(['[dev] Copr Ferry', '<Ferry>', '@Ferry', 'Ferry (the bot)', 'Ferry, of Copr', 'Ferry:', '*Ferry*', 'Ferry.'])(
  'is addressed by the display name %s, whatever signs it has',
  name => {
    expect(heard(`${name}: status dev`, us, name)).toBe('status dev');
    expect(heard(`${name} status dev`, us, name)).toBe('status dev');
  },
);

it.each([
  ['a display name', 'Copr Ferry ⛴'],
  ['a display name with a blank behind it', 'Copr Ferry ⛴ '],
  ['the account', self],
  ['a link', `https://matrix.to/#/${self}`],
  ['a link in Markdown', `[Copr Ferry ⛴](https://matrix.to/#/${self})`],
])('what stands on the line below %s is no command', (_, first) => {
  for (const end of ['\n', '\r\n', '\r', '\n\n'])
    for (const sign of ['', ':', ','])
      expect(heard(`${first}${sign}${end}start dev-1`, us), JSON.stringify([sign, end])).toBe('help');
});

it.each([
  ['an empty first line', '\nCopr Ferry ⛴: start dev-1'],
  ['a block of code', '    Copr Ferry ⛴: start dev-1'],
  ['a block of code by a tab', `\t${self}: start dev-1`],
])('nothing is a command in %s, whoever is addressed there', (_, body) => {
  expect(heard(body, us)).toBe('nothing');
});

import { describe, expect, it } from 'vitest';
import {
  callingSpans,
  code,
  columnsOf,
  details,
  field,
  fields,
  lines,
  list,
  numbered,
  output,
  section,
  strong,
} from '#chat/body/blocks.ts';
import { plainText } from '#chat/body/plain-text.ts';

describe('a body in plain text', () => {
  it('has its state, its title and every block, in order', () => {
    const text = plainText({
      state: 'APPROVED by bob, 16:12 UTC',
      title: [...callingSpans(['bob', 'carol']), 'Approve ', strong('dev-12'), '?'],
      blocks: [
        lines('First.', ['Look: ', code('ssh root@52.44.175.77')]),
        fields(field('Users', 'builds down 14 min'), field('Back', ['8 min, ', strong('loses nothing')])),
        list(['one', [code('vol-1')]]),
        numbered(['a hot-fix', 'a remark']),
        section(
          'In order',
          columnsOf([
            ['1 OUTAGE', 'drain builders', '2 min'],
            ['2 STORAGE', 'move', '3 min'],
          ]),
        ),
        columnsOf([['builds', 'down']]),
        output(['TASK [base]', '  ok']),
        details('every change with its ids (2)', lines('detach vol-1', 'attach vol-1')),
        lines([{ link: 'https://matrix.to/#/x', text: 'the request' }]),
      ],
    });
    expect(text.split('\n')).toEqual([
      'APPROVED by bob, 16:12 UTC: @bob @carol Approve dev-12?',
      'First.',
      'Look: ssh root@52.44.175.77',
      'Users: builds down 14 min',
      'Back: 8 min, loses nothing',
      '- one',
      '- vol-1',
      '1. a hot-fix',
      '2. a remark',
      'In order:',
      '  1 OUTAGE   drain builders  2 min',
      '  2 STORAGE  move            3 min',
      '  builds  down',
      '  TASK [base]',
      '    ok',
      'every change with its ids (2):',
      '  detach vol-1',
      '  attach vol-1',
      'the request (https://matrix.to/#/x)',
    ]);
  });

  it('with one line is that line', () => {
    expect(plainText({ title: 'Nothing is under way.', blocks: [] })).toBe('Nothing is under way.');
  });
});

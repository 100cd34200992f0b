import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gatherLines } from '#core/gather-lines.ts';

it('neighbours on one host share its name', () => {
  expect(gatherLines(['on i-1 stop a.service', 'on i-1 unmount /data', 'detach vol-1, /dev/sdc, from i-1'])).toEqual([
    'on i-1: stop a.service; unmount /data',
    'detach vol-1, /dev/sdc, from i-1',
  ]);
});

it('what is done to several volumes of one instance is said once', () => {
  expect(gatherLines(['detach vol-1, /dev/sdc, from i-1', 'detach vol-2, /dev/sdd, from i-1'])).toEqual([
    'detach vol-1, /dev/sdc; vol-2, /dev/sdd from i-1',
  ]);
});

it('lines that share little stay as they are', () => {
  const lines = ['take 2600::1 from eni-1 of i-1', 'give 2600::1 to eni-2 of i-2', 'stop i-1', 'stop i-2', 'stop i-2'];
  expect(gatherLines(lines)).toEqual(lines);
});

it('every word stands whole in what is gathered', () => {
  const word = fc.constantFrom(
    'on',
    'i-0687',
    'vol-1,',
    'vol-2,',
    '/dev/sdc,',
    'from',
    'detach',
    'to',
    'stop',
    '2600::1',
  );
  const line = fc.array(word, { minLength: 1, maxLength: 7 }).map(words => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), lines => {
      const text = ` ${gatherLines(lines).join(' ')} `;
      for (const one of lines.join(' ').split(' ').filter(Boolean)) {
        expect(text.replaceAll(/[;:,]+ /g, ' ')).toContain(` ${one.replace(/,$/, '')} `);
      }
    }),
  );
});

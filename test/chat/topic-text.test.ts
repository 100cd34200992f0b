import { expect, test } from 'vitest';
import { topicText } from '#chat/topic-text.ts';

const was = 'Fedora build systems: Koji, Copr';

test('our words stand before what was there, and it comes back byte for byte', () => {
  const during = topicText(was, [], 'OUTAGE NOW');
  expect(during).toBe(`OUTAGE NOW · ${was}`);
  expect(topicText(during, ['OUTAGE NOW'], '')).toBe(was);
});

test('saying it twice, after a crash, changes nothing', () => {
  const during = topicText(was, [], 'OUTAGE NOW');
  expect(topicText(during, [], 'OUTAGE NOW')).toBe(during);
  expect(topicText(was, ['OUTAGE NOW'], '')).toBe(was);
});

test('an empty topic becomes empty again, and two outages don’t disturb each other', () => {
  expect(topicText(topicText('', [], 'OUTAGE NOW'), ['OUTAGE NOW'], '')).toBe('');
  const both = topicText(topicText(was, [], 'OUTAGE of dev'), [], 'OUTAGE of prod');
  expect(topicText(both, ['OUTAGE of dev'], '')).toBe(`OUTAGE of prod · ${was}`);
});

test('what somebody wrote in between stays', () => {
  expect(topicText('closed today', ['OUTAGE NOW'], '')).toBe('closed today');
});

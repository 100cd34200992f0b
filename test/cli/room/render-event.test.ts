import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderItem, renderReaction } from '#cli/room/render-event.ts';
import type { RoomItem } from '#cli/room/room-model.ts';
import { plain, widthOf, wrapped } from '#cli/room/terminal-text.ts';

const look = { width: 60, colour: false, reactions: true };
const item = (body: string, more: Partial<RoomItem> = {}): RoomItem => ({
  id: '$a',
  what: 'message',
  sender: '@ferry:sim',
  at: 0,
  body,
  edited: false,
  redacted: false,
  thread: undefined,
  reactions: [],
  card: undefined,
  ...more,
});

describe('a message on the terminal', () => {
  it('stands beside its sender, wrapped between words and indented', () => {
    const text = 'dev-12: copr-be-dev (backend), Fedora 41 to 43. Asked and driven by alice.\nNow: preparing.';
    expect(renderItem(item(text), look)).toEqual([
      'ferry   dev-12: copr-be-dev (backend), Fedora 41 to 43.',
      '          Asked and driven by alice.',
      '        Now: preparing.',
    ]);
  });

  it('keeps columns', () => {
    const table = 'builds         down since 16:14\nrepositories   up';
    expect(renderItem(item(table), look)).toEqual([
      'ferry   builds         down since 16:14',
      '        repositories   up',
    ]);
  });

  it('has its reactions below, each emoji once with everybody', () => {
    const reaction = (sender: string, emoji: string) => ({ id: sender + emoji, sender: `@${sender}:sim`, emoji });
    const reactions = [reaction('ferry', '✅'), reaction('ferry', '❌'), reaction('bob', '✅')];
    expect(renderItem(item('wanted', { reactions }), look).at(-1)).toBe('        ✅ ferry, bob   ❌ ferry');
    expect(renderItem(item('wanted', { reactions }), { ...look, reactions: false })).toHaveLength(1);
  });

  it('is indented in a thread, which is named where it begins', () => {
    const thread = { number: 1, root: item('dev-12: copr-be-dev\nmore') };
    const reply = item('not counted', { thread: '$r' });
    expect(renderItem(reply, { ...look, thread, threadHead: true })).toEqual([
      '  ┆ thread 1: dev-12: copr-be-dev',
      '  ┆ ferry   not counted',
    ]);
    expect(renderItem(reply, { ...look, thread, threadHead: false })).toEqual(['  ┆ ferry   not counted']);
  });

  it('says that it was edited or deleted; a live message is edited by nature', () => {
    expect(renderItem(item('x', { edited: true }), look)).toEqual(['ferry   x (edited)']);
    expect(renderItem(item('x', { edited: true, card: { kind: 'live' } }), look)).toEqual(['ferry   x']);
    expect(renderItem(item('', { redacted: true }), look)).toEqual(['ferry   (deleted)']);
  });

  it('does nothing to the terminal', () => {
    const [line] = renderItem(item('\x1b[2Jboo\x07 \u202Eevil', { sender: '@\x1b]0;x:sim' }), look);
    expect(line).not.toMatch(/[\p{Cc}\u202E]/u);
  });

  it('is coloured where that is wanted, and takes the same room', () => {
    const [line] = renderItem(item('hello'), { ...look, colour: true });
    expect(line).toContain('\x1b[');
    expect(stripVTControlCharacters(line ?? '')).toBe('ferry   hello');
  });

  it('in a transcript, a reaction is a line, with its message where that is not plain', () => {
    const reaction = { id: '$r', sender: '@bob:sim', emoji: '✅' };
    expect(renderReaction(reaction, item('wanted'), look, { gone: false, quote: false })).toEqual(['bob     ✅']);
    expect(renderReaction(reaction, item('wanted'), look, { gone: true, quote: true })).toEqual([
      'bob     takes ✅ back  to ferry: "wanted"',
    ]);
  });
});

describe('text for a terminal', () => {
  it('knows that emoji and East Asian letters take two columns', () => {
    expect([widthOf('✅'), widthOf('日本'), widthOf('é'), widthOf('👍🏽')]).toEqual([2, 4, 1, 2]);
  });

  it('breaks a word that is longer than the line', () => {
    const parts = wrapped('x'.repeat(50), 20);
    expect(parts.every(part => widthOf(part) <= 20)).toBe(true);
    expect(parts.join('').replaceAll(' ', '')).toBe('x'.repeat(50));
  });

  it('never loses a word', () => {
    const text = 'from i-068797506af611303 to i-0f5361014af0b54b5: vol-0860700f1b82314b5 as sdd';
    for (const width of [20, 25, 40, 79]) {
      const parts = wrapped(`  ${text}`, width);
      expect(parts.join(' ').split(/\s+/).join('')).toBe(text.split(' ').join(''));
      expect(parts.every(part => widthOf(part) <= width)).toBe(true);
    }
  });

  it('has no control characters but line breaks', () => {
    expect(plain('a\tb\r\nc\u0000\u009b31m')).toBe('a    b\nc31m');
  });
});

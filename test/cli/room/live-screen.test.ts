import { describe, expect, it } from 'vitest';
import { LiveScreen } from '#cli/room/live-screen.ts';
import { VirtualTerminal } from '#test/fakes/virtual-terminal.ts';

/** A line that somebody types, one row high. */
const typing = (terminal: VirtualTerminal, text: string) => ({
  rowsAbove: () => 0,
  redraw: () => void terminal.write(`\r${text}`),
});

describe('the live view on a terminal', () => {
  it('draws a changed message where it stands and leaves the rest', () => {
    const terminal = new VirtualTerminal(40, 10);
    const screen = new LiveScreen(terminal, typing(terminal, 'alice> !st'));
    screen.append('$a', ['ferry   3 of 16', '        builds down']);
    screen.append('$b', ['bob     fine']);
    expect(screen.replace('$a', ['ferry   4 of 16', '        builds down'])).toBe(true);
    expect(terminal.screen).toEqual(['ferry   4 of 16', '        builds down', 'bob     fine', 'alice> !st']);
  });

  it('moves what is below when a message gets longer or shorter', () => {
    const terminal = new VirtualTerminal(40, 10);
    const screen = new LiveScreen(terminal, typing(terminal, 'alice> '));
    screen.append('$a', ['ferry   wanted']);
    screen.append('$b', ['bob     hm']);
    screen.replace('$a', ['ferry   wanted', '        ✅ bob']);
    expect(terminal.screen).toEqual(['ferry   wanted', '        ✅ bob', 'bob     hm', 'alice>']);
    screen.replace('$a', ['ferry   wanted']);
    expect(terminal.screen).toEqual(['ferry   wanted', 'bob     hm', 'alice>']);
  });

  it('leaves alone what has scrolled away, and does not scroll for it', () => {
    const terminal = new VirtualTerminal(40, 5);
    const screen = new LiveScreen(terminal, typing(terminal, 'alice> '));
    screen.append('$a', ['ferry   3 of 16']);
    for (let n = 0; n < 6; n++) screen.append(`$${n}`, [`bob     ${n}`]);
    const before = terminal.all;
    expect(screen.replace('$a', ['ferry   4 of 16'])).toBe(false);
    expect(terminal.all).toEqual(before);
    expect(terminal.screen).toEqual(['bob     2', 'bob     3', 'bob     4', 'bob     5', 'alice>']);
  });

  it('draws the topmost message that is still whole', () => {
    const terminal = new VirtualTerminal(40, 5);
    const screen = new LiveScreen(terminal, typing(terminal, 'alice> '));
    for (let n = 0; n < 7; n++) screen.append(`$${n}`, [`bob     ${n}`]);
    expect(screen.replace('$3', ['bob     three'])).toBe(true);
    expect(screen.replace('$2', ['bob     two'])).toBe(false);
    expect(terminal.screen).toEqual(['bob     three', 'bob     4', 'bob     5', 'bob     6', 'alice>']);
  });

  it('draws everything again after the size changed', () => {
    const terminal = new VirtualTerminal(40, 6);
    const screen = new LiveScreen(terminal, typing(terminal, 'alice> '));
    screen.append('$a', ['one line']);
    screen.append(undefined, ['a note']);
    screen.redrawAll(id => [`${id} drawn`, 'again']);
    expect(terminal.screen).toEqual(['$a drawn', 'again', 'a note', 'alice>']);
    expect(screen.replace('$a', ['$a', 'here'])).toBe(true);
    expect(terminal.screen).toEqual(['$a', 'here', 'a note', 'alice>']);
  });

  it('only ever adds lines where the cursor can not move', () => {
    const written: string[] = [];
    const screen = new LiveScreen({ write: (text: string) => written.push(text) });
    screen.append('$a', ['one']);
    expect(screen.replace('$a', ['two'])).toBe(false);
    screen.append('$b', ['three']);
    expect(written.join('')).toBe('one\nthree\n');
  });
});

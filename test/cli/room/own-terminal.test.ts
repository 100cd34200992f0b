import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ownTerminal } from '#cli/room/own-terminal.ts';
import { VirtualTerminal } from '#test/fakes/virtual-terminal.ts';

describe('the terminal that Ferry was started on', () => {
  const streams = () => ({ input: new PassThrough(), output: new VirtualTerminal(40, 5) });

  it('is drawn on, in colour', () => {
    const own = streams();
    expect(ownTerminal(own, { TERM: 'xterm-256color' })).toEqual({ streams: own, colour: true });
    expect(ownTerminal(own, {})).toMatchObject({ colour: true });
  });

  it('has no colour where NO_COLOR is set', () => {
    const own = streams();
    expect(ownTerminal(own, { TERM: 'xterm', NO_COLOR: '1' })).toEqual({ streams: own, colour: false });
  });

  it('gets lines without colour when it cannot move its cursor', () => {
    const own = streams();
    const {
      streams: { input, output },
      colour,
    } = ownTerminal(own, { TERM: 'dumb' });
    expect({ input, colour, isTTY: output.isTTY }).toEqual({ input: own.input, colour: false, isTTY: undefined });
    output.write('bob     fine\n');
    expect(own.output.screen).toEqual(['bob     fine']);
  });
});

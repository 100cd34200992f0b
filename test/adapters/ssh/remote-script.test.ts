import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  detachedScript,
  fileScript,
  outputScript,
  readScript,
  runScript,
  startScript,
  writeScript,
} from '#adapters/ssh/remote-script.ts';

const host = { instance: 'i-0123456789abcdef0', identity: undefined, state: '/var/lib/ferry' };
const fence = { run: 'r1', key: 'r1.t.s.0.g1', lease: 1 };
const nonce = 'ferry-nonce';
const options = { nonce, identified: false };

/** Each script with something in the place of each of its words. */
const scripts: readonly [string, (word: string) => string][] = [
  ['the key of a short command', key => runScript(host, { ...fence, key }, ['true'], { nonce })],
  ['the run of a short command', run => runScript(host, { ...fence, run }, ['true'], { nonce })],
  ['the user of a short command', as => runScript(host, fence, ['true'], { nonce, as })],
  ['the key of a long command', key => startScript(host, { ...fence, key }, ['true'], { nonce })],
  ['the run of a long command', run => startScript(host, { ...fence, run }, ['true'], { nonce })],
  ['the user of a long command', as => startScript(host, fence, ['true'], { nonce, as })],
  ['the user of a reading', as => readScript(host, ['true'], { ...options, as })],
  ['the key of a state', key => detachedScript(host, 'r1', key, options)],
  ['the run of a state', run => detachedScript(host, run, fence.key, options)],
  ['the key of an output', key => outputScript(host, 'r1', key, 0, options)],
  ['the key of a file', key => writeScript(host, { ...fence, key }, '/x', '', { nonce, mode: '0644' })],
  ['the mode of a file', mode => writeScript(host, fence, '/x', '', { nonce, mode })],
];

describe('what is set into a script', () => {
  it.each(scripts)('%s is refused where it is no plain word', (_, script) => {
    for (const bad of [
      'a\nid',
      'a\r',
      '\n',
      '$(id)',
      '`id`',
      "a'b",
      'a"b',
      'a b',
      'a;id',
      '../x',
      '',
      'a\0',
      'a\u2028b',
    ])
      expect(() => script(bad), JSON.stringify(bad)).toThrow();
  });

  it('arguments, paths, contents and input are whatever they are, and nothing of them is run', () => {
    const bad = 'x\n\'; touch /tmp/evil; $(touch /tmp/evil) `touch /tmp/evil`\\\n} # "';
    for (const script of [
      runScript(host, fence, ['printf', bad], { nonce, stdin: bad }),
      startScript(host, fence, ['printf', bad], { nonce }),
      readScript(host, ['printf', bad], options),
      writeScript(host, fence, `/${bad}`, bad, { nonce, mode: '0644' }),
      fileScript(host, `/${bad}`, options),
    ]) {
      // As the shell would take it in: its first line is a comment, and all the rest one command.
      const [first = '', second] = script.split('\n');
      expect(first.startsWith('# ferry ')).toBe(true);
      expect(second).toBe('{');
      expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
    }
  });
});

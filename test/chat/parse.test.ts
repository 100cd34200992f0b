import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArgs, type Takes } from '#chat/arguments.ts';
import { hear } from '#chat/parse.ts';
import { BadInput } from '#core/errors.ts';

const listening = {
  verbs: ['upgrade', 'status', 'start', 'help', 'note'],
  names: ['ferry', '@ferry:sim'],
  targets: ['copr-be-dev', 'copr-be'],
};
const known = { targets: listening.targets, environments: ['dev', 'prod'] };
const all: Takes = { run: true, target: 'many', environment: true, release: true, because: 'may' };

const heard = (text: string, mentionsUs = false) => hear(text, mentionsUs, listening);
const why = (rest: string, takes: Takes = all): string => {
  try {
    readArgs(rest, takes, known);
  } catch (error) {
    if (error instanceof BadInput) return error.message;
    throw error;
  }
  return 'taken';
};

describe('hearing a command', () => {
  it.each([
    ['!upgrade copr-be-dev', false, false],
    ['!Upgrade copr-be-dev', false, false],
    ['  !upgrade copr-be-dev', false, false],
    ['!ferry upgrade copr-be-dev', false, true],
    ['!ferry: upgrade copr-be-dev', false, true],
    ['!ferry, !upgrade copr-be-dev', false, true],
    ['@ferry upgrade copr-be-dev', false, true],
    ['@ferry:sim: upgrade copr-be-dev', false, true],
    ['ferry: upgrade copr-be-dev', true, true],
    ['ferry, !upgrade copr-be-dev', true, true],
  ])('%s', (text, mentions, addressed) => {
    expect(heard(text, mentions)).toEqual({ is: 'command', verb: 'upgrade', rest: 'copr-be-dev', addressed });
  });

  it.each([
    ['prose', 'please !upgrade copr-be-dev'],
    ['a quote', '> !upgrade copr-be-dev'],
    ['a code block', '```\n!upgrade copr-be-dev\n```'],
    ['inline code', '`!upgrade copr-be-dev`'],
    ['an indented block', '    !upgrade copr-be-dev'],
    ['the second line', 'hello\n!upgrade copr-be-dev'],
    ['an empty first line', '\n!upgrade copr-be-dev'],
    ['a name in prose', 'ferry upgrade copr-be-dev'],
    ['another bot’s word', '!weather Prague'],
    ['an exclamation', '!!! wow'],
    ['nothing', ''],
  ])('%s is no command', (_what, text) => {
    expect(heard(text)).toEqual({ is: 'nothing' });
  });

  it('what follows the first line is not part of the command', () => {
    expect(heard('!upgrade copr-be-dev\n; rm -rf /')).toMatchObject({ rest: 'copr-be-dev' });
  });

  it('an unknown word beside a known target, or said to us, gets the nearest match', () => {
    expect(heard('!upgrad copr-be-dev')).toMatchObject({
      is: 'refused',
      why: expect.stringContaining('Did you mean !upgrade?'),
    });
    expect(heard('!ferry stats')).toMatchObject({ is: 'refused', why: expect.stringContaining('!status') });
    expect(heard('!ferry hlep')).toMatchObject({ is: 'refused', why: expect.stringContaining('Did you mean !help?') });
  });

  it('a verb with an invisible character is refused with a hint', () => {
    expect(heard('!sta\u200brt dev-1')).toMatchObject({ is: 'refused', why: expect.stringContaining('!start') });
  });

  it('a command in a message of more than 2,000 characters is refused', () => {
    expect(heard(`!upgrade copr-be-dev because ${'x'.repeat(1_000_000)}`)).toMatchObject({ is: 'refused' });
  });

  it('garbage never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, mentions) => void heard(text, mentions)));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void heard(`!upgrade ${text}`)));
  });
});

describe('reading arguments', () => {
  it('takes targets, an environment, a run, a release and a reason in any order', () => {
    expect(readArgs('to 43 copr-be copr-be-dev because it is time, to 44', all, known)).toMatchObject({
      targets: ['copr-be', 'copr-be-dev'],
      release: 43,
      because: 'it is time, to 44',
    });
    expect(readArgs('dev-12', all, known)).toMatchObject({ run: 'dev-12' });
    expect(readArgs('dev', all, known)).toMatchObject({ environment: 'dev' });
  });

  it.each([
    ['a Cyrillic е', 'copr-b\u0435-dev'],
    ['a zero-width space', 'copr-be\u200b-dev'],
    ['a right-to-left mark', 'copr-be\u202e-dev'],
    ['fullwidth letters', 'ｃｏｐｒ-be-dev'],
    ['a non-breaking hyphen', 'copr\u2011be\u2011dev'],
  ])('%s in a target is refused with a hint', (_what, word) => {
    expect(why(word)).toMatch(/isn't plain ASCII, so I won't guess\..*Did you mean copr-be/);
  });

  it.each([
    '; rm -rf /',
    '$(reboot)',
    '`id`',
    '-x',
    '--force',
    '\u0000',
    '\u001b[2J',
    '"a"',
    "'a'",
    'a|b',
    '../etc',
    '<!channel>',
  ])('%j is refused', word => {
    expect(why(word)).not.toBe('taken');
    expect(why(`copr-be-dev ${word}`)).not.toBe('taken');
  });

  it('an unknown target gets the nearest one, and never passes as a step', () => {
    expect(why('copr-be-dv')).toContain('Did you mean copr-be-dev?');
    expect(why('copr-be-dv', { target: 'one', step: true })).toContain('Did you mean copr-be-dev?');
  });

  it('what a command doesn’t take is refused', () => {
    expect(why('copr-be-dev', { run: true })).toContain('takes no target');
    expect(why('to 43', { target: 'many' })).not.toBe('taken');
    expect(why('because x', {})).toContain('takes no “because”');
    expect(why('at 20:00')).toContain('not yet');
  });

  it('a reason of more than 500 characters, an empty one, or one of marks only is refused', () => {
    expect(why(`copr-be-dev because ${'x'.repeat(501)}`)).toContain('at most 500');
    expect(why('copr-be-dev because ')).toContain('empty');
    expect(why('copr-be-dev because \u200b✅')).toContain('empty');
    expect(why('copr-be-dev', { target: 'many', because: 'must' })).toContain('say why');
  });

  it('garbage gives a refusal or known names only', () => {
    const targets = new Set(known.targets);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          const args = readArgs(text, all, known);
          for (const target of args.targets) expect(targets.has(target)).toBe(true);
          if (args.run !== undefined) expect(args.run).toMatch(/^(dev|prod)-[1-9][0-9]*$/);
          if (args.because !== undefined) expect(args.because).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
          expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
      { numRuns: 500 },
    );
  });
});

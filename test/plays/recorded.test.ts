import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasLeftRole, parsePlay } from '#changes/parsers/play.ts';
import { judgePlay } from '#changes/shared/judge-play.ts';
import { ansibleVersions } from '../peers/ansible.ts';
import { playCases } from './cases.ts';
import { expectations } from './expectations.ts';
import { stop, target } from './target.ts';

const recorded = (version: string, name: string) => {
  const text = readFileSync(join(import.meta.dirname, 'recorded', version, `${name}.txt`), 'utf8');
  const [, code] = /\nexit (\d+)\n$/.exec(text) ?? [];
  return { text: text.replace(/exit \d+\n$/, ''), well: code === '0' };
};

describe.each(ansibleVersions)('what ansible-core %s prints', version => {
  it.each(playCases.map(one => one.name))('of a play "%s" is read as it is', name => {
    const { text, well } = recorded(version, name);
    const judged = judgePlay({ playbook: 'groups/copr-frontend.yml', limit: target, stop }, text, well);
    const base = hasLeftRole(parsePlay(text), { role: 'base', own: stop.own, host: target });
    const said = judged.is === 'failed' ? judged.sentence : judged.output.stoppedAtMount ? 'stopped' : 'well';
    const { is, left } = expectations[name] ?? { is: 'named in expectations.ts', left: false };
    expect({ said, left: base }).toEqual({ said: typeof is === 'string' ? is : expect.stringMatching(is), left });
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { hasLeftRole, parsePlay } from '#changes/parsers/play.ts';
import { judgePlay } from '#changes/shared/judge-play.ts';
import { liveVersion, missingAnsible, playCase } from '../peers/ansible.ts';
import { playCases } from './cases.ts';
import { expectations } from './expectations.ts';
import { stop, target } from './target.ts';

const missing = process.getuid?.() === 0 ? await missingAnsible() : 'mount(8) as root';
const played = new Set(['mount', 'mount-unreachable', 'swap', 'loop-yaml', 'no-such-limit']);
const cases = playCases.filter(one => played.has(one.name));

describe.skipIf(missing !== undefined)(
  `ansible-core ${liveVersion}, played here${missing ? `: needs ${missing}` : ''}`,
  () => {
    afterAll(() => expect(cases).toHaveLength(played.size));

    it.each(cases)('prints "$name" as it was recorded', { timeout: 120_000 }, async one => {
      const { output, code } = await playCase(liveVersion, one);
      const judged = judgePlay({ playbook: 'groups/copr-frontend.yml', limit: target, stop }, output, code === 0);
      const said = judged.is === 'failed' ? judged.sentence : judged.output.stoppedAtMount ? 'stopped' : 'well';
      const { is, left } = expectations[one.name] ?? { is: 'named in expectations.ts', left: false };
      expect(said, output).toEqual(typeof is === 'string' ? is : expect.stringMatching(is));
      expect(hasLeftRole(parsePlay(output), { role: 'base', own: stop.own, host: target })).toBe(left);
    });
  },
);

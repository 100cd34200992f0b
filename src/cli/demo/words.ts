import type { Compared } from './check-world.ts';

/** First screen, four lines. */
export function intro(target: string, auto: boolean): string[] {
  return [
    'Ferry upgrades instances from a chat room. This estate is pretended: nothing outside this machine is touched.',
    auto
      ? `Playing by itself: !upgrade ${target}. alice asks and starts, bob approves.`
      : `You are alice. Type: !upgrade ${target}`,
    'A second person approves: /as bob, then /yes (or /no). Then /as alice and !start.',
    'Try /break playbook, volume, aws or bot at any moment (bot: kill -9). /help lists the rest, /quit ends.',
    '',
  ];
}

/** The world before and after, what isn't as it should be, and what to read next. */
export function outro(compared: readonly Compared[], problems: readonly string[]): string[] {
  const rows = compared.flatMap(({ target, before, after }) => [
    `${target}`,
    `  before  ${before?.instance ?? '-'}  ${before?.publicIp ?? ''}  ${before?.volumes.length ?? 0} data volumes`,
    `  after   ${after?.instance ?? '-'}  ${after?.publicIp ?? ''}  ${after?.volumes.length ?? 0} data volumes`,
  ]);
  const verdict =
    problems.length === 0
      ? ['The world is as it should be.']
      : ['NOT as it should be:', ...problems.map(line => `  ${line}`)];
  return [
    '',
    ...rows,
    '',
    ...verdict,
    'Next: README.md for your own estate, docs/commands.md for what you can say, ARCHITECTURE.md for how it works.',
  ];
}

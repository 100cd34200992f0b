import type { Compared } from './check-world.ts';
import type { TargetView } from './world-view.ts';

/** First screen: four lines, none wider than 80 columns. */
export function intro(target: string, auto: boolean): string[] {
  const what = 'Upgrades from a chat room. Here all is pretended: nothing outside is touched.';
  if (auto) {
    return [
      what,
      `Plays itself: alice: !upgrade ${target}, !start, !settle; bob approves.`,
      'Below is the room as people see it, what stands in threads indented.',
      'To play it yourself: npm run demo, in a terminal.',
      '',
    ];
  }
  return [
    what,
    `You are alice. Type: !upgrade ${target}`,
    'A second person approves: /as bob, /yes or /no; then !start, when over !settle',
    'Break it: /break playbook|volume|aws|bot (bot: kill -9). More: /help, /quit',
    '',
  ];
}

/** The world before and after, what isn't as it should be, and what to read next. `problems`: undefined when it was left before its end. */
export function outro(compared: readonly Compared[], problems: readonly string[] | undefined): string[] {
  const rows = compared.flatMap(({ target, before, after }) => [
    target,
    `  before  ${viewLine(before)}`,
    `  after   ${viewLine(after)}`,
  ]);
  const replaced = compared.some(({ before, after }) => before?.instance !== after?.instance);
  const good = replaced ? 'The world is as it should be.' : 'No instance was replaced.';
  const bad = problems === undefined ? ['You left before the end.'] : problems.map(line => `  ${line}`);
  const verdict = problems === undefined ? bad : problems.length === 0 ? [good] : ['NOT as it should be:', ...bad];
  return [
    '',
    ...rows,
    '',
    ...verdict,
    'Read next: README.md (your own estate), docs/commands.md (what you can say),',
    'ARCHITECTURE.md (how it works).',
  ];
}

function viewLine(view: TargetView | undefined): string {
  if (view === undefined) return 'none';
  const { instance, image, publicIp, volumes } = view;
  return [instance, image, publicIp, `${volumes.length} volume${volumes.length === 1 ? '' : 's'}`].join('  ');
}

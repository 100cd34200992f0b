import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '#core/graph.ts';
import type { StepDefinition, Steps } from '#engine/define-step.ts';
import { wayBackSteps } from '#jobs/index.ts';
import { retireGraph } from '#jobs/retire.ts';
import { returnGraph } from '#jobs/return.ts';
import type { EnvironmentSettings, RoleName } from '#jobs/settings.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';

const folder = join(import.meta.dirname, '../../jobs');
const roles: readonly RoleName[] = ['frontend', 'backend', 'distgit', 'keygen'];

type Options = EnvironmentSettings['options'];
const usual: Options = {
  powerOffOld: false,
  rebootTest: false,
  warmUp: true,
  databaseBackup: 'inside',
  databaseUpgrade: 'link',
  quietOld: 'stop',
};
const everything: Options = { ...usual, powerOffOld: true, rebootTest: true };

/** `docs/procedure.md`: one heading a step, drawn from the definitions, the graphs, and the comment above each step. */
export function procedurePage(steps: Steps): string {
  const graphs = [
    ...roles.map(role => ({ role, nodes: upgradeOf(steps, role, everything, false) })),
    ...roles.map(role => ({ role, nodes: returnOf(steps, role, everything, false) })),
    { role: 'frontend' as const, nodes: returnOf(steps, 'frontend', everything, true, true) },
    ...retired(steps),
  ];
  const comments = commentsOf(folder);
  const sections = Object.values(steps).map(step => section(step, graphs, comments.get(step.id) ?? ''));
  return [
    '# The procedure',
    '',
    'Every step of an upgrade, of a return and of a retirement. A step belongs to a target; `announce-…` and `write-up` belong to the run. Safe',
    'steps touch nothing that users notice; disruptive ones can be undone; irreversible ones can’t. A step with a gate waits',
    'for a second person. Undo is the inverse of its changes unless a rule is named. "The document" is Fedora Copr’s',
    '“How to upgrade persistent instances”.',
    '',
    '## Order',
    '',
    'What comes after what, for each role alone with the usual options. Steps in one line start side by side.',
    '',
    ...roles.flatMap(role => [`### ${role}`, '', ...layers(upgradeOf(steps, role, usual))]),
    '### Return',
    '',
    'Back to the old instance when the settle window is over and while it is kept: a run of its own, by `!rollback TARGET`. The',
    'steps of the upgrade move data, addresses and lists, with old and new changed over: here “old” in a step’s own text is the',
    'instance that leaves, “new” the one that comes.',
    '',
    ...roles.flatMap(role => [`#### return of a ${role}`, '', ...layers(returnOf(steps, role, usual))]),
    '### Retirement',
    '',
    'Of a backend; a frontend keeps its dumps first, others just go.',
    '',
    ...layers(retireGraph(steps, [{ name: 'target', role: 'backend' }])),
    '## Steps',
    '',
    ...sections.flatMap(text => [text, '']),
  ].join('\n');
}

interface RoleGraph {
  readonly role: RoleName;
  readonly nodes: readonly Node[];
}

function upgradeOf(steps: Steps, role: RoleName, options: Options, ipv6Moves = true): Node[] {
  return upgradeGraph(steps, [{ name: 'target', role, ipv6Moves }], options);
}

function returnOf(steps: Steps, role: RoleName, options: Options, ipv6Moves = true, restored = false): Node[] {
  return returnGraph(steps, [{ name: 'target', role, ipv6Moves, restored }], options);
}

function retired(steps: Steps): RoleGraph[] {
  return roles.map(role => ({ role, nodes: retireGraph(steps, [{ name: 'target', role }]) }));
}

function section(step: StepDefinition, graphs: readonly RoleGraph[], comment: string): string {
  const where = graphs.flatMap(({ role, nodes }) =>
    nodes.filter(node => node.step === step.id).map(node => ({ role, node })),
  );
  const phases = [...new Set(where.map(({ node }) => node.phase))];
  const of = [...new Set(where.map(({ role }) => role))];
  const targets = where.every(({ node }) => node.target === 'run')
    ? 'once a run'
    : of.length === 4
      ? 'all roles'
      : of.join(', ');
  const gate = step.gate === undefined ? '' : `, gate ${step.gate.toUpperCase()}`;
  const rule =
    step.undo?.rule ?? (step.undoEnds === undefined ? undefined : `the inverses; then ${step.undoEnds.rule}`);
  const undo = rule === undefined ? [] : ['', `Going back: ${rule}.`];
  const { begins, check, over, restore } = wayBackSteps;
  const ofWayBack =
    step.id === check.step
      ? 'all roles'
      : step.id === restore?.step
        ? `frontend, in the place of the way back of ${restore.insteadOf}`
        : [begins, over].includes(step.id)
          ? 'once a run'
          : undefined;
  const facts =
    ofWayBack !== undefined
      ? `${step.title}. Of a way back out of an outage; ${ofWayBack}; ${step.danger}${gate}.`
      : where.length === 0
        ? `${step.title}. In no run yet: it is for dated outages, which come later.`
        : `${step.title}. Phase ${phases.join(' and ')}; ${targets}; ${step.danger}${gate}.`;
  return [`### ${step.id}`, '', facts, '', comment, ...undo].join('\n');
}

/** For each phase, lines of steps that have the same longest way behind them in it: a phase begins when the one before is over. */
function layers(nodes: readonly Node[]): string[] {
  const phases = [...new Set(nodes.map(node => node.phase))];
  return phases.flatMap(phase => {
    const within = nodes.filter(node => node.phase === phase);
    const depth = (key: string): number => {
      const node = within.find(one => one.key === key);
      return node === undefined ? -1 : Math.max(-1, ...node.after.map(depth)) + 1;
    };
    const lines: string[][] = [];
    for (const node of within) {
      const at = depth(node.key);
      lines[at] = [...(lines[at] ?? []), `[${node.step}](#${node.step})`];
    }
    return [`**${phase}**`, '', ...lines.map((steps, index) => `${index + 1}. ${steps.join(' · ')}`), ''];
  });
}

/** The comment above each step's definition, by the step's id. */
function commentsOf(dir: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) {
      for (const [id, comment] of commentsOf(path)) found.set(id, comment);
      continue;
    }
    const text = readFileSync(path, 'utf8');
    for (const [, comment = '', id = ''] of text.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+ = defineStep\(\{\s*id: '([a-z-]+)'/g,
    )) {
      found.set(
        id,
        comment
          .split('\n')
          .map(line => line.replace(/^\s*\* ?/, '').trim())
          .filter(line => line !== '')
          .join('\n'),
      );
    }
  }
  return found;
}

import { Refused } from '#core/errors.ts';
import { filesReadings } from './reading-files.ts';
import { type Misfit, misfit, type ReadingRule } from './reading-rule.ts';
import { servicesReadings } from './reading-services.ts';
import { storageReadings } from './reading-storage.ts';
import { systemReadings } from './reading-system.ts';

/**
 * Every program that the reading half of the shell may start, with the arguments it may have. Programs run as root, so a
 * program that can also write, run others or read its configuration from elsewhere has only the flags that can't.
 */
export const readingCommands: readonly ReadingRule[] = [
  ...systemReadings,
  ...storageReadings,
  ...filesReadings,
  ...servicesReadings,
];

/** git's subcommands that read; the rule's pattern can't say where in the line they stand. */
const gitReads = ['log', 'show', 'rev-parse', 'status'];

/** Files that no reading shows: keys, passwords, what a process was given. They are nobody's facts. */
const secretFiles =
  /^\/+(?:etc\/+g?shadow-?|etc\/+ssh\/+ssh_host_\w+_key|proc\/+(?:[^/]+\/+)*environ|(?:[^/]+\/+)*\.ssh\/+(?:id_[a-z0-9_]+|ferry-copy)|(?:[^/]+\/+)*privkey[0-9]*\.pem)$/;

/** @throws Refused `secret-file`. */
export function refuseSecretFile(path: string): void {
  if (secretFiles.test(path)) throw new Refused('secret-file', `${path} holds secrets: it is not read`);
}

/**
 * @param as the user who runs it; undefined is root.
 * @throws Refused `not-a-reading-command`, naming the program or the argument that the list doesn't hold.
 */
export function checkReading(argv: readonly string[], as?: string): void {
  const [program = '', ...args] = argv;
  const rules = readingCommands.filter(rule => rule.program === program);
  const refuse = (why: string) =>
    new Refused('not-a-reading-command', `${JSON.stringify(program).slice(1, -1)}: ${why}: nothing was run`);
  if (rules.length === 0) throw refuse('no such program is on the list of those that only read');
  if (program === 'git' && args[0] !== 'ls-remote' && !gitReads.includes(args[2] ?? ''))
    throw refuse(`it needs -C PATH and one of ${gitReads.join(', ')}`);
  let best: Misfit | undefined;
  for (const rule of rules) {
    const found = misfit(rule, args, as);
    if (found === undefined) {
      for (const word of args) refuseSecretFile(word);
      return;
    }
    if (best === undefined || found.held > best.held) best = found;
  }
  throw refuse(best?.why ?? 'no rule holds it');
}

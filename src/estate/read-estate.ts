import { readFile } from 'node:fs/promises';
import { crossCheck } from './cross-check.ts';
import { EstateError, type Problem } from './estate-error.ts';
import { type Environment, type Estate, estateSchema, type Person, type Target } from './schema.ts';
import { yamlSource } from './yaml-source.ts';
import { zodProblems } from './zod-problems.ts';

/**
 * Reads and checks an estate file.
 *
 * @throws EstateError with all that is wrong in it, sorted by line; also when it can't be read.
 */
export async function readEstate(file: string): Promise<Estate> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new EstateError(file, [{ line: 1, key: '', sentence: `${why}; estate.example.yaml shows what it holds` }]);
  }
  return parseEstate(text, file);
}

/** Checks an estate's text. `file` is for the messages. @throws EstateError. */
export function parseEstate(text: string, file: string): Estate {
  const source = yamlSource(text);
  if (!source.usable) throw new EstateError(file, source.problems);
  const parsed = estateSchema.safeParse(source.content ?? {});
  const problems = [
    ...source.problems,
    ...(parsed.success ? [] : zodProblems(parsed.error, source)),
    ...crossCheck(source),
  ];
  if (!parsed.success || problems.length > 0) throw new EstateError(file, once(problems));
  return completed(parsed.data);
}

/** One sentence a key: a missing key is told by the schema or by the cross-check, not by both. */
function once(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ line, key }) => {
    const place = `${line} ${key}`;
    return !seen.has(place) && seen.add(place);
  });
}

type InFile = ReturnType<typeof estateSchema.parse>;

function completed({ roles, ...file }: InFile): Estate {
  const environments = named(file.environments, (environment, name): Environment => {
    const { approvers } = environment;
    return { ...environment, name, ask: environment.ask ?? approvers, mention: environment.mention ?? approvers };
  });
  const targets = named(file.targets, (target, name): Target => {
    const role = roles[target.role];
    // The cross-check has seen to it that either says these.
    return {
      ...target,
      name,
      securityGroup: target.securityGroup ?? role.securityGroup ?? '',
      playbook: target.playbook ?? role.playbook ?? '',
      mounts: target.mounts ?? role.mounts ?? [],
      services: target.services ?? role.services ?? [],
      rootState: target.rootState ?? role.rootState ?? [],
    };
  });
  const people = named(file.people, (person, name): Person => ({ ...person, name }));
  return { ...file, environments, targets, people };
}

function named<A, B>(record: Readonly<Record<string, A>>, make: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value, name)]));
}

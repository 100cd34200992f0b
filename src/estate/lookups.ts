import type { Environment, Estate, Person, Target } from './schema.ts';

export type Network = keyof Person['accounts'];

/** The person behind an account. Only the account id counts, never a display name. */
export function personOf(estate: Estate, network: Network, account: string): Person | undefined {
  return Object.values(estate.people).find(person => person.accounts[network] === account);
}

/** Targets of an environment, in the file's order. */
export function targetsOf(estate: Estate, environment: string): Target[] {
  return Object.values(estate.targets).filter(target => target.environment === environment);
}

/** The environment's target of a role, if it has one. */
export function targetOfRole(estate: Estate, environment: string, role: Target['role']): Target | undefined {
  return targetsOf(estate, environment).find(target => target.role === role);
}

/** Who may approve what a person asks for. */
export function approversFor(environment: Environment, asker: string): string[] {
  return environment.approvers.filter(person => person !== asker);
}

/** What is allowed but surely not meant, for the start and the check: nobody can approve, or a setting has no effect yet. */
export function remarksOn(estate: Estate): string[] {
  return Object.values(estate.environments).flatMap(environment => [
    ...approvalRemarks(environment),
    ...(environment.order === 'fast'
      ? []
      : [`environment ${environment.name}: order ${environment.order} isn't done yet, fast is used`]),
  ]);
}

function approvalRemarks(environment: Environment): string[] {
  const { name, approvers, ask } = environment;
  if (approvers.length === 0) return [`environment ${name} has no approvers: nothing can be approved there`];
  const alone = ask.filter(person => approversFor(environment, person).length === 0);
  return alone.map(person => `environment ${name}: nobody could approve what ${person} asks for`);
}

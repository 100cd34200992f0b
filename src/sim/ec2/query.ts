import { Ec2Error, invalidValue } from './ec2-error.ts';

type Node = { text?: string; fields: Map<string, Node> };

/** Plain JSON of a request's parameters, lists as arrays: what is recorded as a call's args. */
export type QueryJson = string | QueryJson[] | { [name: string]: QueryJson };

/** The parameters of one EC2 Query request: `A.1.B=x` is field B of the first of list A. */
export class Query {
  readonly #node: Node;

  private constructor(node: Node) {
    this.#node = node;
  }

  /** @throws Ec2Error for a parameter that is given twice. */
  static parse(form: URLSearchParams): Query {
    const root: Node = { fields: new Map() };
    for (const [name, value] of form) {
      if (name === 'Action' || name === 'Version') continue;
      let node = root;
      for (const part of name.split('.')) {
        const next = node.fields.get(part) ?? { fields: new Map() };
        node.fields.set(part, next);
        node = next;
      }
      if (node.text !== undefined) throw new Ec2Error('InvalidParameter', `The parameter ${name} is given twice`);
      node.text = value;
    }
    return new Query(root);
  }

  has(name: string): boolean {
    return this.#node.fields.has(name);
  }

  text(name: string): string | undefined {
    return this.#node.fields.get(name)?.text;
  }

  /** @throws Ec2Error MissingParameter */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`);
    }
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalidValue(`Invalid value '${value}' for boolean parameter ${name}`);
  }

  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,9}$/.test(value)) throw invalidValue(`Value (${value}) for parameter ${name} is invalid.`);
    return Number(value);
  }

  /** Texts of a list, in the order of their numbers. */
  list(name: string): string[] {
    return this.#members(name).flatMap(node => node.text ?? []);
  }

  /** Structures of a list, in the order of their numbers. */
  structs(name: string): Query[] {
    return this.#members(name).map(node => new Query(node));
  }

  struct(name: string): Query | undefined {
    const node = this.#node.fields.get(name);
    return node === undefined ? undefined : new Query(node);
  }

  /** A copy without some parameters. */
  without(...names: string[]): Query {
    return new Query({ fields: new Map([...this.#node.fields].filter(([name]) => !names.includes(name))) });
  }

  toJson(): { [name: string]: QueryJson } {
    return Object.fromEntries([...this.#node.fields].map(([name, node]) => [name, jsonOf(node)]));
  }

  #members(name: string): Node[] {
    const fields = this.#node.fields.get(name)?.fields ?? new Map<string, Node>();
    return [...fields].sort(([a], [b]) => Number(a) - Number(b)).map(([, node]) => node);
  }
}

function jsonOf(node: Node): QueryJson {
  if (node.fields.size === 0) return node.text ?? '';
  const fields = [...node.fields];
  if (fields.every(([name]) => /^\d+$/.test(name))) {
    return fields.sort(([a], [b]) => Number(a) - Number(b)).map(([, one]) => jsonOf(one));
  }
  return Object.fromEntries(fields.map(([name, one]) => [name, jsonOf(one)]));
}

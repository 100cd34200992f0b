import { parse } from 'yaml';
import type { VirtualHost } from '../virtual-host.ts';

/** Where batcave01 has its checkout. */
export const checkout = '/srv/web/infra/ansible';

export type Vars = Readonly<Record<string, unknown>>;

/** What the checkout says of a host: its groups and all its variables, as Ansible would merge them. */
export interface HostView {
  readonly groups: readonly string[];
  readonly vars: Vars;
}

interface Section {
  readonly hosts: Map<string, Record<string, string>>;
  readonly children: string[];
}

async function sections(batcave: VirtualHost): Promise<ReadonlyMap<string, Section>> {
  const found = new Map<string, Section>();
  for (const file of ['inventory', 'cloud']) {
    const text = await batcave.fs.readFile(`${checkout}/inventory/${file}`).catch(() => '');
    let section: Section | undefined;
    let kind = '';
    for (const raw of text.split('\n')) {
      const line = raw.replace(/(^|\s)[#;].*$/, '').trim();
      if (line === '') continue;
      const [, name, sort] = /^\[([^\]:]+)(?::(\w+))?\]$/.exec(line) ?? [];
      if (name !== undefined) {
        section = found.get(name) ?? { hosts: new Map(), children: [] };
        found.set(name, section);
        kind = sort ?? '';
      } else if (section !== undefined && kind === 'children') section.children.push(line);
      else if (section !== undefined && kind === '') {
        const [host = '', ...words] = line.split(/\s+/);
        section.hosts.set(host, {
          ...section.hosts.get(host),
          ...Object.fromEntries(words.map(word => word.split('=', 2))),
        });
      }
    }
  }
  return found;
}

/** @returns undefined when no section lists the host. */
export async function viewOf(batcave: VirtualHost, name: string): Promise<HostView | undefined> {
  const all = await sections(batcave);
  const direct = [...all].filter(([, section]) => section.hosts.has(name)).map(([group]) => group);
  if (direct.length === 0) return undefined;
  // Parents first, so that the group nearest to the host has the last word.
  const groups: string[] = [];
  const climb = (group: string) => {
    for (const [parent, section] of all) if (section.children.includes(group)) climb(parent);
    if (!groups.includes(group)) groups.push(group);
  };
  for (const group of direct) climb(group);
  let vars: Record<string, unknown> = {};
  for (const group of ['all', ...groups]) {
    const text = await batcave.fs.readFile(`${checkout}/inventory/group_vars/${group}`).catch(() => undefined);
    if (text !== undefined) vars = { ...vars, ...(parse(text) as object | null) };
  }
  for (const group of direct) vars = { ...vars, ...all.get(group)?.hosts.get(name) };
  return { groups, vars };
}

export async function groupsOf(
  batcave: VirtualHost,
): Promise<Readonly<Record<string, { hosts: string[]; children: string[] }>>> {
  const all = await sections(batcave);
  return Object.fromEntries(
    [...all].map(([name, { hosts, children }]) => [name, { hosts: [...hosts.keys()], children }]),
  );
}

/** Ansible's idea of a true value. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(?:true|yes|on|1)$/i.test(value));
}

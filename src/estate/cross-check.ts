import { nearest } from '#chat/nearest.ts';
import { plainEmoji } from '#core/approval.ts';
import { plainDevice } from '#core/device-name.ts';
import type { Problem } from './estate-error.ts';
import { announcements } from './schema.ts';
import type { Path, YamlSource } from './yaml-source.ts';
import { at, valueAt } from './zod-problems.ts';

const byPerson = ['approvers', 'ask', 'mention', 'page'] as const;
const fromRole = ['security_group', 'playbook', 'mounts', 'services'] as const;

/**
 * What no single key shows: names that nobody has, things that stand twice, and what a role or another part must say. Works
 * on the file's plain content, so that it finds these beside wrong keys too.
 */
export function crossCheck(source: YamlSource): Problem[] {
  const check = new Check(source);
  check.people();
  check.environments();
  check.targets();
  check.chat();
  return check.problems;
}

class Check {
  readonly problems: Problem[] = [];
  readonly #source: YamlSource;

  constructor(source: YamlSource) {
    this.#source = source;
  }

  people(): void {
    const seen = new Map<string, string>();
    for (const person of this.#keys(['people'])) {
      const accounts = this.#keys(['people', person, 'accounts']);
      if (accounts.length === 0 && this.#mapping(['people', person, 'accounts']))
        this.#tell(['people', person, 'accounts'], `${person} has no account in any chat`);
      for (const network of accounts) {
        const path = ['people', person, 'accounts', network];
        const account = this.#text(path);
        if (account === undefined) continue;
        // Compared without case: two that differ in nothing else are one, mistyped.
        const key = `${network} ${account.toLowerCase()}`;
        const other = seen.get(key);
        if (other === undefined) seen.set(key, person);
        else this.#tell(path, `${account} is the account of ${other} already: two people can't share one`);
      }
    }
  }

  /** What a reaction is compared by is compared here, and besides what nobody sees a difference in. */
  chat(): void {
    const emoji = (key: string, otherwise: string) => seen(this.#text(['chat', key]) ?? otherwise);
    const [approve, reject] = [emoji('approve', '✅'), emoji('reject', '❌')];
    for (const [key, plain] of [
      ['approve', approve],
      ['reject', reject],
    ] as const) {
      if (plain === '') this.#tell(['chat', key], 'nothing is left of this emoji without its selectors and skin tone');
    }
    if (approve !== '' && approve === reject)
      this.#tell(
        ['chat', this.#text(['chat', 'reject']) === undefined ? 'approve' : 'reject'],
        `approve and reject are the same emoji, ${approve}, whatever its selectors and skin tone`,
      );
  }

  environments(): void {
    const people = this.#keys(['people']);
    const works = new Set(this.#keys(['environments']).map(one => this.#text(['environments', one, 'rooms', 'work'])));
    const targets = this.#keys(['targets']);
    for (const environment of this.#keys(['environments'])) {
      const base = ['environments', environment];
      if (targets.includes(environment))
        this.#tell(base, `${environment} is a target's name too: a command couldn't tell which is meant`);
      for (const list of byPerson) this.#names([...base, list], people, 'person', 'people');
      const tell = this.#list([...base, 'rooms', 'tell']);
      tell.forEach((room, index) => {
        if (works.has(String(room)))
          this.#tell(
            [...base, 'rooms', 'tell', index],
            `${room} is a work room: what people there see isn't for users`,
          );
      });
      for (const event of announcements) {
        const path = [...base, 'announce', event];
        this.#list([...path, 'rooms']).forEach((room, index) => {
          if (!tell.includes(room))
            this.#tell([...path, 'rooms', index], `${room} isn't one of this environment's rooms.tell`);
        });
        if (this.#list([...path, 'mail']).length > 0 && !this.#mapping(['mail']))
          this.#tell([...path, 'mail'], 'mails need the part "mail" of this file, which is missing');
      }
    }
  }

  targets(): void {
    const environments = this.#keys(['environments']);
    const unique = new Map<string, string>();
    const roles = new Map<string, string>();
    for (const target of this.#keys(['targets'])) {
      const base = ['targets', target];
      const environment = this.#text([...base, 'environment']);
      if (environment !== undefined && !environments.includes(environment))
        this.#tell([...base, 'environment'], unknown(environment, environments, 'environment', 'environments'));
      const role = this.#text([...base, 'role']);
      const place = `the ${role} of ${environment}`;
      const other = roles.get(place);
      if (role !== undefined && environment !== undefined && other !== undefined)
        this.#tell([...base, 'role'], `${other} is ${place} already`);
      else roles.set(place, target);
      for (const path of this.#oneOfAKind(base)) this.#once(path, target, unique);
      this.#devices(base);
      this.#fromRole(base, role);
      this.#mounts([...base, 'mounts']);
      this.#temporary(base, role);
      this.#newAddress(base);
    }
    for (const role of this.#keys(['roles'])) this.#mounts(['roles', role, 'mounts']);
  }

  /** Paths of what no two targets can share. */
  #oneOfAKind(base: Path): Path[] {
    return [
      ['host'],
      ['temporary_host'],
      ['instance_name'],
      ['instance'],
      ['elastic_ip', 'allocation'],
      ['elastic_ip', 'address'],
      ['ipv6'],
      ['temporary', 'elastic_ip', 'allocation'],
      ['temporary', 'elastic_ip', 'address'],
      ['temporary', 'volume'],
      ...this.#list([...base, 'volumes']).map((_, index) => ['volumes', index, 'id']),
    ].map(path => [...base, ...path]);
  }

  #once(path: Path, target: string, seen: Map<string, string>): void {
    const value = this.#text(path)?.toLowerCase();
    if (value === undefined) return;
    const other = seen.get(value);
    if (other === undefined) seen.set(value, target);
    else this.#tell(path, `${value} stands ${other === target ? 'twice' : `in ${other} already`}`);
  }

  #devices(base: Path): void {
    const temporary = this.#text([...base, 'temporary', 'device']);
    const seen = new Set(temporary === undefined ? [] : [plainDevice(temporary)]);
    this.#list([...base, 'volumes']).forEach((_, index) => {
      const path = [...base, 'volumes', index, 'device'];
      const device = this.#text(path);
      if (device === undefined) return;
      if (seen.has(plainDevice(device))) this.#tell(path, `${device} is taken by another volume of this target`);
      seen.add(plainDevice(device));
    });
  }

  #fromRole(base: Path, role: string | undefined): void {
    if (role === undefined || !this.#mapping(base)) return;
    for (const key of fromRole) {
      if (valueAt(this.#source.content, [...base, key]) !== undefined) continue;
      if (valueAt(this.#source.content, ['roles', role, key]) !== undefined) continue;
      this.#tell([...base, key], `this key is missing, here and in roles.${role}`);
    }
  }

  #mounts(path: Path): void {
    const mounts = this.#list(path);
    const at = (index: number, key: string) => this.#text([...path, index, key]);
    mounts.forEach((_, index) => {
      const ways = ['label', 'uuid', 'bind'].filter(key => at(index, key) !== undefined);
      if (ways.length !== 1) this.#tell([...path, index], 'a mount has exactly one of label, uuid and bind');
      const bind = at(index, 'bind');
      if (bind === undefined) return;
      const later = mounts.slice(index + 1).map((_, more) => at(index + 1 + more, 'path'));
      if (!later.some(one => one !== undefined && (bind === one || bind.startsWith(`${one}/`))))
        this.#tell(
          [...path, index, 'bind'],
          `${bind} must lie in a mount that stands below: mounts are unmounted in this order`,
        );
    });
  }

  #temporary(base: Path, role: string | undefined): void {
    for (const key of ['temporary', 'temporary_host']) {
      const there = valueAt(this.#source.content, [...base, key]) !== undefined;
      if (role === 'backend' && !there)
        this.#tell([...base, key], 'this key is missing: a backend is provisioned under it beforehand');
      if (role !== undefined && role !== 'backend' && there)
        this.#tell([...base, key], `a ${role} has none: only backends have`);
    }
  }

  /** An IPv6 address that doesn't move needs what its AAAA record is changed by. */
  #newAddress(base: Path): void {
    const path = [...base, 'ipv6_moves'];
    if (valueAt(this.#source.content, path) !== false) return;
    if (!this.#mapping(['dns', 'zone']))
      this.#tell(path, 'a new AAAA record needs dns.zone of this file, which is missing');
    if (this.#list(['dns', 'servers']).length === 0)
      this.#tell(path, 'a new AAAA record needs dns.servers of this file, which answer with it: there are none');
    const zone = this.#text(['dns', 'zone', 'name']);
    const host = this.#text([...base, 'host']);
    if (zone !== undefined && host !== undefined && !host.toLowerCase().endsWith(`.${zone.toLowerCase()}`))
      this.#tell([...base, 'host'], `${host} isn't in the zone ${zone} of dns.zone, where it gets a new AAAA record`);
  }

  #names(path: Path, known: readonly string[], what: string, where: string): void {
    const seen = new Set<unknown>();
    this.#list(path).forEach((one, index) => {
      if (typeof one !== 'string') return;
      if (!known.includes(one)) this.#tell([...path, index], unknown(one, known, what, where));
      else if (seen.has(one)) this.#tell([...path, index], `${one} stands twice in this list`);
      seen.add(one);
    });
  }

  #tell(path: Path, sentence: string): void {
    this.problems.push(at(this.#source, path, sentence));
  }

  #mapping(path: Path): boolean {
    const value = valueAt(this.#source.content, path);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }

  #keys(path: Path): string[] {
    const value = valueAt(this.#source.content, path);
    return this.#mapping(path) ? Object.keys(value as object) : [];
  }

  #list(path: Path): readonly unknown[] {
    const value = valueAt(this.#source.content, path);
    return Array.isArray(value) ? value : [];
  }

  #text(path: Path): string | undefined {
    const value = valueAt(this.#source.content, path);
    return typeof value === 'string' ? value : undefined;
  }
}

/** An emoji as people tell it from another: without its forms, without what is invisible, and in one case and width. */
function seen(emoji: string): string {
  return plainEmoji(emoji)
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toLowerCase();
}

function unknown(name: string, known: readonly string[], what: string, where: string): string {
  const near = nearest(name, known);
  const hint = near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
  return `there is no ${what} "${name}" in ${where}; ${hint}`;
}

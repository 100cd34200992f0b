import { z } from 'zod';
import { type roleNames, roleSchema, type Target, targetSchema } from './target-schema.ts';
import { timing } from './timing-schema.ts';
import {
  count,
  duration,
  flag,
  hostKey,
  hostName,
  hostOrAddress,
  httpUrl,
  list,
  mailAddress,
  mailbox,
  mapping,
  matrixAccount,
  matrixRoom,
  name,
  nameForm,
  path,
  port,
  repositoryPath,
  slackAccount,
  subnetId,
  tagText,
  text,
  userName,
  zonePath,
} from './values.ts';

const hour = 3_600_000;
const day = 24 * hour;

const yamlKey = text(/^[A-Za-z_]\w*$/, "a variable's name");
const tags = z.record(tagText, tagText, 'a mapping of tags');

/** What of an outage is told where. */
const told = mapping({ rooms: list(matrixRoom).prefault([]), mail: list(mailAddress).prefault([]) }).prefault({});
export const announcements = ['planned', 'begins', 'extended', 'postponed', 'over', 'done'] as const;

const environment = mapping({
  approvers: list(name).prefault([]),
  ask: list(name).optional(),
  mention: list(name).optional(),
  page: list(name).prefault([]),
  rooms: mapping({ work: matrixRoom, tell: list(matrixRoom).prefault([]) }),
  announce: mapping({
    planned: told,
    begins: told,
    extended: told,
    postponed: told,
    over: told,
    done: told,
  }).prefault({}),
  order: z.enum(['fast', 'classic', 'storage-first']).prefault('fast'),
  prepare_before: duration(0, 14 * day).prefault('1d'),
  settle_for: duration(0, 7 * day).prefault('4h'),
  options: mapping({
    power_off_old: flag.prefault(false),
    reboot_test: flag.prefault(false),
    warm_up: flag.prefault(true),
    database_backup: z.enum(['inside', 'ahead']).prefault('inside'),
    database_upgrade: z.enum(['link', 'copy']).prefault('link'),
    quiet_old: z.enum(['stop', 'mask']).prefault('stop'),
  }).prefault({}),
  tags: tags.prefault({}),
  inventory: mapping({
    /** Where keygen's address stands for the backend. */
    keygen_address: list(mapping({ file: repositoryPath, key: yamlKey })).prefault([]),
    /** Where the backend's private address stands beside others. */
    backend_addresses: list(mapping({ file: repositoryPath, key: yamlKey })).prefault([]),
  }).prefault({}),
  limits: mapping({ targets: count(1, 4).prefault(4), outage: duration(hour / 4, 2 * day).prefault('8h') }).prefault(
    {},
  ),
});

const person = mapping({
  accounts: mapping({ matrix: matrixAccount.optional(), slack: slackAccount.optional() }),
});

const server = {
  address: hostOrAddress,
  port: port.prefault(22),
  user: userName,
  host_keys: list(hostKey).min(1, 'a list with at least one public host key'),
};

const branch = text(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "a branch's name");
const repositoryAddress = text(
  /^(?:https?:\/\/[^@\s/]+\/\S+|ssh:\/\/(?:[^\s:@/]+@)?[^\s@/]+\/\S+|file:\/\/\/\S+|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s:]\S*)$/,
  'an address that git takes, without password',
);

export const estateSchema = mapping({
  environments: z.record(text(nameForm, 'a name'), environment, 'a mapping of environments'),
  roles: mapping({
    frontend: roleSchema.prefault({}),
    backend: roleSchema.prefault({}),
    distgit: roleSchema.prefault({}),
    keygen: roleSchema.prefault({}),
  } satisfies Record<(typeof roleNames)[number], unknown>).prefault({}),
  targets: z.record(text(nameForm, 'a name'), targetSchema, 'a mapping of targets'),
  people: z.record(text(nameForm, 'a name'), person, 'a mapping of people'),
  aws: mapping({
    region: text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region like us-east-1'),
    zone: text(/^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/, 'a zone like us-east-1c'),
    subnet: subnetId,
    key_pair: tagText,
    image_owner: text(/^\d{12}$/, 'an account of 12 digits, in quotes'),
    image_name: text(/^[^{}\s]*\{release\}[^{}\s]*$/, 'a name with {release} in it'),
    tags: tags.prefault({}),
    snapshot_keep: duration(day, 365 * day).prefault('5d'),
  }),
  batcave: mapping({
    ...server,
    checkout: path,
    play_logs: path.prefault('/var/log/ansible'),
    rbac_playbook: text(/^[A-Za-z0-9_./-]+$/, 'a program').prefault('rbac-playbook'),
  }),
  jump: mapping(server).optional(),
  ssh: mapping({
    user: userName.prefault('root'),
    first_user: userName.prefault('fedora'),
    address: z.enum(['public', 'ipv6', 'private']).prefault('public'),
    port: port.prefault(22),
  }).prefault({}),
  inventory: mapping({
    repository: repositoryAddress,
    branch: branch.prefault('main'),
    author: mailbox,
    host_keys: list(hostKey).prefault([]),
  }),
  dns: mapping({
    servers: list(
      text(/^(?:[0-9.]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?|[0-9a-f:]+)$/i, 'an address, with or without port'),
    ).prefault([]),
    /** The zone of targets whose IPv6 address doesn't move, in the dns repository on batcave01. */
    zone: mapping({
      name: hostName,
      repository: path.prefault('/srv/git/dns'),
      branch: branch.prefault('master'),
      file: zonePath,
      low_ttl: duration(30_000, hour).prefault('60s'),
      playbook: text(/^[a-z0-9_./-]+\.yml$/, 'a playbook like update_dns.yml').prefault('update_dns.yml'),
    }).optional(),
  }).prefault({}),
  mail: mapping({
    host: hostOrAddress,
    port: port.prefault(25),
    security: z.enum(['none', 'starttls', 'tls']).prefault('starttls'),
    user: text(/^\S+$/, 'a user name').optional(),
    from: mailbox,
  }).optional(),
  chat: mapping({
    matrix: mapping({ homeserver: httpUrl }).optional(),
    approve: text(/^\S{1,8}$/u, 'an emoji').prefault('✅'),
    reject: text(/^\S{1,8}$/u, 'an emoji').prefault('❌'),
  }),
  timing: timing.prefault({}),
  limits: mapping({
    command_length: count(50, 10_000).prefault(1_000),
    reason_length: count(10, 5_000).prefault(500),
  }).prefault({}),
});

type EstateInFile = z.output<typeof estateSchema>;
type EnvironmentInFile = EstateInFile['environments'][string];

/** What is told where, of one environment. */
export type Announce = EnvironmentInFile['announce'];
export type Person = EstateInFile['people'][string] & { readonly name: string };
/** One environment; `ask` and `mention` are the approvers unless told otherwise. */
export type Environment = Omit<EnvironmentInFile, 'ask' | 'mention'> & {
  readonly name: string;
  readonly ask: readonly string[];
  readonly mention: readonly string[];
};

/** The whole configuration, checked and complete. Durations are in ms. */
export type Estate = Omit<EstateInFile, 'environments' | 'targets' | 'people' | 'roles'> & {
  readonly environments: Readonly<Record<string, Environment>>;
  readonly targets: Readonly<Record<string, Target>>;
  readonly people: Readonly<Record<string, Person>>;
};

export type { Role, Target } from './target-schema.ts';
export type { Timing } from './timing-schema.ts';

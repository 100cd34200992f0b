import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Credentials } from './credentials.ts';
import { seededTargets } from './ec2/seeded-targets.ts';
import type { Account } from './matrix/homeserver.ts';
import { scaledAt, worldTimingAt } from './world-timing.ts';

export interface WorldFiles {
  readonly dir: string;
  readonly speed: number | 'max';
  readonly credentials: Credentials;
  readonly homeserver: string;
  readonly matrix: {
    readonly rooms: Readonly<Record<string, string>>;
    readonly people: Readonly<Record<string, Account>>;
    readonly bot: Account;
  };
  readonly ports: {
    readonly control: number;
    readonly ec2: number;
    readonly smtp: number;
    readonly dns: readonly number[];
    readonly jump: number;
  };
  readonly jumpKey: string;
  readonly batcave: { readonly address: string; readonly key: string };
  /** Public host key of each pretend instance. */
  readonly hostKeys: Readonly<Record<string, string>>;
  readonly inventory: string;
  readonly hosts: Readonly<Record<string, { readonly address: string; readonly port: number }>>;
}

/** The example that the simulator's estate is drawn from: the same targets, reached at other places. */
const example = join(import.meta.dirname, '../../estate.example.yaml');

/** Writes `estate.yaml` and `ferry.env` of the simulator's folder, at each start. Who edits them meanwhile keeps the edits until then. */
export function writeEstateFiles(files: WorldFiles): void {
  const { dir, credentials, matrix, ports } = files;
  replace(join(dir, 'estate.yaml'), estateOf(files));
  replace(
    join(dir, 'ferry.env'),
    [
      'FERRY_ESTATE=estate.yaml',
      'FERRY_STATE=state',
      'FERRY_SSH_KEY_FILE=ssh/id_ed25519',
      `MATRIX_ACCESS_TOKEN=${matrix.bot.accessToken}`,
      `AWS_ACCESS_KEY_ID=${credentials.accessKeyId}`,
      `AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
      `AWS_ENDPOINT_URL_EC2=http://127.0.0.1:${ports.ec2}`,
      '',
    ].join('\n'),
  );
}

/** Writes `world.json`: at each start, and whenever a host appears. */
export function writeWorldJson(files: WorldFiles): void {
  const { dir, credentials, matrix, ports } = files;
  const world = {
    homeserver: files.homeserver,
    control: `http://127.0.0.1:${ports.control}`,
    ec2: `http://127.0.0.1:${ports.ec2}`,
    aws: { region: 'us-east-1', accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey },
    ssh: { user: 'root', keyFile: credentials.keyFile },
    inventory: files.inventory,
    smtp: `smtp://127.0.0.1:${ports.smtp}`,
    rooms: matrix.rooms,
    people: matrix.people,
    // Whose cards are the bot's; what it gets in with stands in ferry.env alone.
    bot: { userId: matrix.bot.userId },
    hosts: files.hosts,
  };
  replace(join(dir, 'world.json'), `${JSON.stringify(world, undefined, 2)}\n`);
}

function estateOf(files: WorldFiles): string {
  const { ports, batcave, matrix } = files;
  const document = parseDocument(readFileSync(example, 'utf8'));
  const set = (path: (string | number)[], value: unknown) => document.setIn(path, document.createNode(value));
  const tell = matrix.rooms['fedora-buildsys'];
  for (const environment of ['dev', 'prod']) {
    set(['environments', environment, 'rooms'], { work: matrix.rooms.work, tell: [tell] });
    const announce = document.toJS().environments[environment].announce as Record<
      string,
      { rooms?: string[]; mail?: string[] }
    >;
    const settleFor = document.getIn(['environments', environment, 'settle_for']) as string;
    set(['environments', environment, 'settle_for'], scaledAt(settleFor, files.speed));
    for (const event of Object.keys(announce)) set(['environments', environment, 'announce', event, 'rooms'], [tell]);
  }
  for (const [name, { instance }] of Object.entries(seededTargets)) {
    const key = files.hostKeys[instance];
    if (key !== undefined) set(['targets', name, 'host_keys'], [key]);
  }
  const persons = Object.entries(matrix.people).filter(([name]) => name !== 'mallory');
  set(['people'], Object.fromEntries(persons.map(([name, { userId }]) => [name, { accounts: { matrix: userId } }])));
  set(['batcave', 'address'], batcave.address);
  set(['batcave', 'host_keys'], [batcave.key]);
  set(['jump'], { address: '127.0.0.1', port: ports.jump, user: 'ferry', host_keys: [files.jumpKey] });
  set(['inventory', 'repository'], files.inventory);
  set(['inventory', 'branch'], 'main');
  document.deleteIn(['inventory', 'host_keys']);
  set(
    ['dns', 'servers'],
    ports.dns.map(port => `127.0.0.1:${port}`),
  );
  set(['mail', 'host'], '127.0.0.1');
  set(['mail', 'port'], ports.smtp);
  set(['mail', 'security'], 'none');
  set(['chat', 'matrix', 'homeserver'], files.homeserver);
  set(['timing', 'world'], worldTimingAt(document.toJS().timing.world, files.speed));
  // Whoever watches a pretended upgrade has no hour for it.
  set(['timing', 'people', 'edit_prepare'], '10s');
  document.commentBefore = ' The estate of the simulator: drawn from estate.example.yaml, written anew at each start.';
  return document.toString({ lineWidth: 0 });
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { nearest } from '#chat/nearest.ts';
import { EstateError, type Problem } from './estate-error.ts';
import { Secret } from './secret.ts';

/** What comes from the environment: secrets, and where things are. */
export interface Config {
  /** Absolute; the file of variables, where there is one. */
  readonly envFile: string | undefined;
  /** Absolute. */
  readonly estateFile: string;
  /** Absolute: the mirror, the embedded store, copies of repositories. */
  readonly stateDir: string;
  readonly redisUrl: Secret | undefined;
  /** The key of the journals, instead of the file in the state folder. */
  readonly journalKey: Secret | undefined;
  readonly matrixAccessToken: Secret | undefined;
  readonly aws:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: Secret;
        readonly sessionToken: Secret | undefined;
        /** Another EC2 than Amazon's. */
        readonly endpoint: string | undefined;
      }
    | undefined;
  /** Absolute. */
  readonly sshKeyFile: string | undefined;
  /** Absolute; the SSH key above unless told. */
  readonly inventoryKeyFile: string | undefined;
  readonly smtpPassword: Secret | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** All variables that Ferry reads. */
export const variables = {
  FERRY_ESTATE: 'path of the estate file; estate.yaml unless told',
  FERRY_STATE: 'folder of the state; state unless told',
  REDIS_URL: 'redis://… or rediss://…; without it an embedded Redis is run',
  FERRY_JOURNAL_KEY: 'key of the journals, 64 hex digits; without it the file journal.key in the state folder',
  MATRIX_ACCESS_TOKEN: "access token of the bot's Matrix account",
  AWS_ACCESS_KEY_ID: 'AWS access key',
  AWS_SECRET_ACCESS_KEY: 'its secret',
  AWS_SESSION_TOKEN: 'its session token, for temporary credentials',
  AWS_ENDPOINT_URL_EC2: "another EC2 endpoint than Amazon's",
  FERRY_SSH_KEY_FILE: 'private key for hosts',
  FERRY_INVENTORY_KEY_FILE: "private key for the inventory's repository; FERRY_SSH_KEY_FILE unless told",
  FERRY_SMTP_PASSWORD: "password of the mail server's user",
  FERRY_LOG: 'least level that is logged: debug, info, warn or error; info unless told',
  FERRY_ROOM_TOKEN: 'access token for ferry room on another homeserver',
} as const;

type Variable = keyof typeof variables;

/** What a subcommand can't do without. */
export type Needed = 'matrixAccessToken' | 'aws' | 'sshKeyFile' | 'smtpPassword';

/**
 * Reads the environment, and a file of variables before it: what the file names wins, so that a key left over in somebody's
 * shell never reaches the estate that the file is for. Relative paths count from the file's folder, or the current one.
 *
 * @param options.state what the command line says of FERRY_STATE: it wins over all, and counts from the current folder.
 * @throws EstateError naming file, line and variable; values are never shown.
 */
export function readConfig(
  options: {
    readonly envFile?: string | undefined;
    readonly state?: string | undefined;
    readonly environment?: NodeJS.ProcessEnv;
  } = {},
): Config {
  const environment = options.environment ?? process.env;
  const file = options.envFile === undefined ? undefined : envFile(options.envFile);
  const problems: Problem[] = [];
  const tell = (name: string, sentence: string) => {
    problems.push({ line: file?.lines.get(name) ?? 1, key: name, sentence });
  };
  const get = (name: Variable) => {
    const value = file?.values[name] ?? environment[name];
    return value === undefined || value.trim() === '' ? undefined : value.trim();
  };
  const path = (name: Variable) => {
    const value = get(name);
    if (value === undefined) return undefined;
    return file?.values[name] === undefined ? resolve(value) : resolve(options.envFile ?? '', '..', value);
  };
  const secret = (name: Variable) => {
    const value = get(name);
    return value === undefined ? undefined : new Secret(value);
  };

  for (const name of Object.keys({ ...environment, ...file?.values })) {
    if (!name.startsWith('FERRY_') || Object.hasOwn(variables, name)) continue;
    const near = nearest(name, Object.keys(variables));
    tell(
      name,
      `there is no such variable; ${near === undefined ? `known: ${Object.keys(variables).join(', ')}` : `did you mean ${near}?`}`,
    );
  }
  const redis = get('REDIS_URL');
  if (redis !== undefined && !/^rediss?:\/\/\S+$/.test(redis))
    tell('REDIS_URL', 'must begin with redis:// or rediss://');
  const endpoint = get('AWS_ENDPOINT_URL_EC2');
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
    tell('AWS_ENDPOINT_URL_EC2', 'must be an http or https address');
  const level = get('FERRY_LOG') ?? 'info';
  if (!isLevel(level)) tell('FERRY_LOG', 'must be debug, info, warn or error');
  const id = get('AWS_ACCESS_KEY_ID');
  const key = secret('AWS_SECRET_ACCESS_KEY');
  if (id !== undefined && key === undefined)
    tell('AWS_SECRET_ACCESS_KEY', 'is missing, while AWS_ACCESS_KEY_ID is set');
  if (id === undefined && key !== undefined)
    tell('AWS_ACCESS_KEY_ID', 'is missing, while AWS_SECRET_ACCESS_KEY is set');
  if (problems.length > 0) throw new EstateError(options.envFile ?? 'the environment', problems);

  return {
    envFile: options.envFile === undefined ? undefined : resolve(options.envFile),
    estateFile: path('FERRY_ESTATE') ?? resolve('estate.yaml'),
    stateDir: options.state === undefined ? (path('FERRY_STATE') ?? resolve('state')) : resolve(options.state),
    redisUrl: secret('REDIS_URL'),
    journalKey: secret('FERRY_JOURNAL_KEY'),
    matrixAccessToken: secret('MATRIX_ACCESS_TOKEN'),
    aws:
      id === undefined || key === undefined
        ? undefined
        : { accessKeyId: id, secretAccessKey: key, sessionToken: secret('AWS_SESSION_TOKEN'), endpoint },
    sshKeyFile: path('FERRY_SSH_KEY_FILE'),
    inventoryKeyFile: path('FERRY_INVENTORY_KEY_FILE') ?? path('FERRY_SSH_KEY_FILE'),
    smtpPassword: secret('FERRY_SMTP_PASSWORD'),
    logLevel: isLevel(level) ? level : 'info',
  };
}

function isLevel(text: string): text is Config['logLevel'] {
  return ['debug', 'info', 'warn', 'error'].includes(text);
}

const namesOf: Readonly<Record<Needed, Variable>> = {
  matrixAccessToken: 'MATRIX_ACCESS_TOKEN',
  aws: 'AWS_ACCESS_KEY_ID',
  sshKeyFile: 'FERRY_SSH_KEY_FILE',
  smtpPassword: 'FERRY_SMTP_PASSWORD',
};

/** Sees to it that parts of the configuration are there. @throws EstateError naming each variable that is missing. */
export function need<K extends Needed>(
  config: Config,
  ...parts: K[]
): Config & { readonly [P in K]: NonNullable<Config[P]> } {
  const missing = parts.filter(part => config[part] === undefined);
  if (missing.length > 0)
    throw new EstateError(
      'the environment',
      missing.map(part => ({ line: 1, key: namesOf[part], sentence: `is missing: ${variables[namesOf[part]]}` })),
    );
  return config as Config & { readonly [P in K]: NonNullable<Config[P]> };
}

function envFile(name: string): { readonly values: NodeJS.Dict<string>; readonly lines: ReadonlyMap<string, number> } {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it can not be read';
    throw new EstateError(name, [{ line: 1, key: '', sentence: why }]);
  }
  const lines = new Map<string, number>();
  text.split('\n').forEach((line, index) => {
    const key = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];
    if (key !== undefined) lines.set(key, index + 1);
  });
  return { values: parseEnv(text), lines };
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const version = '1.163.2';
const cache = resolve('node_modules/.cache/ferry');
const venv = join(cache, `synapse-${version}`);
const done = join(venv, 'installed');

export interface Synapse {
  readonly url: string;
  readonly serverName: string;
  /** Makes an account and logs it in. */
  register(
    name: string,
    options?: { readonly admin?: boolean },
  ): Promise<{ userId: string; accessToken: string; password: string }>;
  stop(): Promise<void>;
}

/** Installs Synapse into its own virtual environment once. @returns why it can't be had, or undefined. */
export async function missingSynapse(): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  if (existsSync(done)) return undefined;
  const script = [
    `[ -e ${done} ] && exit 0`,
    // A bare Debian has no ensurepip: its package comes first where we may install it.
    `python3 -c 'import ensurepip' 2>/dev/null || { [ "$(id -u)" = 0 ] && apt-get install -y -qq python3-venv; }`,
    `rm -rf ${venv} && python3 -m venv ${venv}`,
    `${venv}/bin/pip install -q --disable-pip-version-check matrix-synapse==${version}`,
    `touch ${done}`,
  ].join('\n');
  try {
    // Two test files may want it at once: the second waits for the first.
    await run('flock', [join(cache, 'synapse.lock'), 'sh', '-ec', script], { timeout: 240_000 });
    return undefined;
  } catch {
    return `matrix-synapse ${version} could not be installed: python3 3.10 or later, python3-venv and PyPI are needed`;
  }
}

/**
 * Starts a private homeserver on 127.0.0.1 that ends with this process.
 *
 * @param accountStatus it says of accounts whether they are deactivated (MSC3720), which it doesn't by default.
 */
export async function startSynapse({ accountStatus = false } = {}): Promise<Synapse> {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-synapse-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secret = randomBytes(16).toString('hex');
  const config = join(dir, 'homeserver.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      ...configuration(dir, port, secret),
      ...(accountStatus ? { experimental_features: { msc3720_enabled: true } } : {}),
    }),
  );
  writeFileSync(join(dir, 'log.yaml'), JSON.stringify(logging(dir)));
  const python = join(venv, 'bin/python');
  await run(python, ['-m', 'synapse.app.homeserver', '-c', config, '--generate-keys'], { cwd: dir });
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', python, '-m', 'synapse.app.homeserver', '-c', config], {
    cwd: dir,
    stdio: 'ignore',
  });
  try {
    await ready(url, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    serverName: 'synapse.test',
    async register(name, { admin = false } = {}) {
      const at = `${url}/_synapse/admin/v1/register`;
      const { nonce } = (await (await fetch(at)).json()) as { nonce: string };
      const password = randomBytes(12).toString('hex');
      const mac = createHmac('sha1', secret)
        .update([nonce, name, password, admin ? 'admin' : 'notadmin'].join('\0'))
        .digest('hex');
      const body = JSON.stringify({ nonce, username: name, password, admin, mac });
      const answer = (await (await fetch(at, { method: 'POST', body })).json()) as Record<string, string>;
      if (answer.access_token === undefined) throw new Error(`Synapse made no account: ${JSON.stringify(answer)}`);
      return { userId: answer.user_id ?? '', accessToken: answer.access_token, password };
    },
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Synapse ended with ${child.exitCode} as it started`);
    const answer = await fetch(`${url}/_matrix/client/versions`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error('Synapse did not answer within 45 s');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function configuration(dir: string, port: number, secret: string): object {
  const unlimited = { per_second: 10_000, burst_count: 10_000 };
  return {
    server_name: 'synapse.test',
    pid_file: join(dir, 'pid'),
    listeners: [
      { port, type: 'http', bind_addresses: ['127.0.0.1'], tls: false, resources: [{ names: ['client', 'media'] }] },
    ],
    database: { name: 'sqlite3', args: { database: join(dir, 'homeserver.db') } },
    media_store_path: join(dir, 'media'),
    signing_key_path: join(dir, 'signing.key'),
    log_config: join(dir, 'log.yaml'),
    registration_shared_secret: secret,
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    presence: { enabled: false },
    allow_guest_access: true,
    rc_message: unlimited,
    rc_registration: unlimited,
    rc_room_creation: unlimited,
    rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
    rc_joins: { local: unlimited, remote: unlimited },
    rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  };
}

function logging(dir: string): unknown {
  return {
    version: 1,
    handlers: { file: { class: 'logging.FileHandler', filename: join(dir, 'homeserver.log') } },
    root: { level: 'WARNING', handlers: ['file'] },
    disable_existing_loggers: false,
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { need, readConfig } from '#estate/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function envFile(text: string): string {
  const file = join(folder, 'ferry.env');
  writeFileSync(file, text);
  return file;
}

const all = {
  FERRY_ESTATE: 'e.yaml',
  REDIS_URL: 'redis://:hunter2@localhost',
  MATRIX_ACCESS_TOKEN: 'hunter3',
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'hunter4',
  FERRY_SMTP_PASSWORD: 'hunter5',
  FERRY_SSH_KEY_FILE: '/keys/id',
};

describe('the configuration of the environment', () => {
  it('prints no secret, however it is printed', () => {
    const config = readConfig({ environment: all });
    for (const printed of [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      `${config.redisUrl}`,
    ])
      expect(printed).not.toMatch(/hunter/);
    expect(config.redisUrl?.reveal()).toBe(all.REDIS_URL);
    expect(config.aws?.secretAccessKey.reveal()).toBe('hunter4');
    expect(config.inventoryKeyFile).toBe('/keys/id');
  });

  it("a file's values win over the shell's, and its paths count from its folder", () => {
    const file = envFile(
      '# c\nFERRY_ESTATE=./estate.yaml\nexport AWS_ACCESS_KEY_ID="sim"\nAWS_SECRET_ACCESS_KEY=sim\n',
    );
    const config = readConfig({ envFile: file, environment: all });
    expect(config.estateFile).toBe(join(folder, 'estate.yaml'));
    expect(config.aws?.accessKeyId).toBe('sim');
    expect(config.matrixAccessToken?.reveal()).toBe('hunter3');
    expect(readConfig({ environment: {} }).stateDir).toBe(join(process.cwd(), 'state'));
  });

  it('--state wins over the file and the shell; a relative FERRY_STATE counts from where it stands', () => {
    const file = envFile('FERRY_STATE=mine\n');
    const environment = { FERRY_STATE: 'theirs' };
    const stateOf = (options: Parameters<typeof readConfig>[0]) => readConfig(options).stateDir;
    expect(stateOf({ envFile: file, environment })).toBe(join(folder, 'mine'));
    expect(stateOf({ environment })).toBe(join(process.cwd(), 'theirs'));
    expect(stateOf({ envFile: file, environment, state: '/told' })).toBe('/told');
    expect(stateOf({ envFile: file, environment, state: 'told' })).toBe(join(process.cwd(), 'told'));
    expect(stateOf({ environment, state: 'told' })).toBe(join(process.cwd(), 'told'));
  });

  it('names file, line and variable of what is wrong, never its value', () => {
    const file = envFile('\nFERRY_ESTATES=x\nREDIS_URL=hunter2\nAWS_ACCESS_KEY_ID=a\n');
    const read = () => readConfig({ envFile: file, environment: {} });
    expect(read).toThrow(expect.objectContaining({ code: 'bad-estate' }));
    expect(read).toThrow(/ferry.env, line 2, FERRY_ESTATES: there is no such variable; did you mean FERRY_ESTATE\?/);
    expect(read).toThrow(/line 3, REDIS_URL: must begin with redis:\/\//);
    expect(read).toThrow(/AWS_SECRET_ACCESS_KEY: is missing, while AWS_ACCESS_KEY_ID is set/);
    expect(read).not.toThrow(/hunter/);
    expect(() => readConfig({ envFile: '/nonexistent', environment: {} })).toThrow(/there is no such file/);
  });

  it('a Redis that could not be connected to is refused at the start', () => {
    for (const url of ['unix:///run/redis.sock', 'http://localhost', 'redis://a b'])
      expect(() => readConfig({ environment: { REDIS_URL: url } })).toThrow(/REDIS_URL: must begin with redis:\/\//);
  });

  it('what a subcommand needs and is not there is named', () => {
    const config = readConfig({ environment: {} });
    expect(() => need(config, 'matrixAccessToken', 'aws')).toThrow(
      /AWS_ACCESS_KEY_ID: is missing.*\n.*MATRIX_ACCESS_TOKEN: is missing/,
    );
    expect(need(readConfig({ environment: all }), 'aws').aws.accessKeyId).toBe('AKIA');
  });
});

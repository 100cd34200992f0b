import type { VirtualHost } from './virtual-host.ts';

/** An account of a pretend frontend: its database knows it, and a file on batcave01 holds it. */
export interface ApiLogin {
  readonly user: string;
  readonly login: string;
  readonly token: string;
}

export const apiLogins: Readonly<Record<'dev' | 'prod', ApiLogin>> = {
  dev: { user: 'ferry', login: 'cHJldGVuZA==##ferrydevlogin', token: 'pretendtokendevkqwoubvmwyhz' },
  prod: { user: 'ferry', login: 'cHJldGVuZA==##ferryprodlogin', token: 'pretendtokenprodaafjeuxgdlr' },
};

/** A netrc file that holds it for a machine. */
export function netrcOf(machine: string, { login, token }: ApiLogin): string {
  return `machine ${machine}\nlogin ${login}\npassword ${token}\n`;
}

/** The configuration of copr-cli with it. */
export function coprConfigOf(url: string, { user, login, token }: ApiLogin): string {
  return `[copr-cli]\nlogin = ${login}\nusername = ${user}\ntoken = ${token}\ncopr_url = ${url}\n`;
}

/** What a netrc file of a host holds for a machine; undefined: nothing, or there is no such file. */
export async function loginIn(
  host: VirtualHost,
  file: string,
  machine: string,
): Promise<Omit<ApiLogin, 'user'> | undefined> {
  const words = (await host.fs.readFile(file).catch(() => '')).split(/\s+/);
  const at = words.findIndex((word, nth) => word === 'machine' && words[nth + 1] === machine);
  if (at < 0) return undefined;
  const end = words.indexOf('machine', at + 1);
  const mine = words.slice(at, end < 0 ? undefined : end);
  const after = (name: string) => mine[mine.indexOf(name) + 1] ?? '';
  return mine.includes('login') ? { login: after('login'), token: after('password') } : undefined;
}

import type { Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';

/** The API's own way to ask who one is: Copr answers with the user, for an API login and token by basic authentication. */
export function authCheckUrl({ check, host }: Pick<TargetSettings, 'check' | 'host'>): string {
  const [first] = check.urls;
  return `https://${first === undefined ? host : new URL(first).host}/api_3/auth-check`;
}

/**
 * The frontend's API knows a login: one authenticated call, where the estate names a netrc file. curl reads it on batcave01,
 * so that neither login nor token passes through here.
 */
export async function knowsLogin(
  shell: ShellReader,
  { settings, target }: { readonly settings: RunSettings; readonly target: TargetSettings },
): Promise<Verdict> {
  // A run that was proposed before there were these settings has neither.
  const { netrc = null, user = null } = target.check;
  if (netrc === null) return { ok: true };
  const url = authCheckUrl(target);
  const argv = ['curl', '-s', '-S', '-m', '10', '-H', 'Cache-Control: no-cache', '--netrc-file', netrc];
  const answer = await shell.read({ host: settings.batcave.host }, [...argv, '-w', '\\n%{http_code}', url]);
  const at = answer.stdout.lastIndexOf('\n');
  const status = answer.stdout.slice(at + 1).trim();
  const who = `${url} with the login of ${netrc} on batcave01`;
  if (status === '401' || status === '403')
    return { ok: false, why: `${who}: status ${status}: it isn't known there, or its token has ended` };
  if (status !== '200') {
    const why = status === '000' || status === '' ? answer.stderr.trim() || 'no answer' : `status ${status}`;
    return { ok: false, wait: true, why: `${who}: ${why}` };
  }
  const name = nameIn(answer.stdout.slice(0, Math.max(0, at)));
  if (name === undefined) return { ok: false, why: `${who}: the answer names no user` };
  if (user !== null && name !== user)
    return { ok: false, why: `${who}: it is ${JSON.stringify(name.slice(0, 60))} there, not ${user}` };
  return { ok: true };
}

/** The call in a line of the plan, or that it isn't made. */
export function loginCheck(target: TargetSettings): string {
  const { netrc = null } = target.check;
  return netrc === null
    ? `no authenticated call of the API: the estate names no check.netrc for ${target.name}`
    : `GET ${authCheckUrl(target)} with the login of ${netrc} on batcave01`;
}

function nameIn(body: string): string | undefined {
  try {
    const { name } = JSON.parse(body) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

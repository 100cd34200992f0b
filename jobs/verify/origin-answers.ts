import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';

/** Pages answer 200 on the host itself, by the origin's name and past every cache. */
export async function originAnswers(shell: ShellReader, host: HostRef, urls: readonly string[]): Promise<Verdict> {
  for (const url of urls) {
    const { hostname, protocol, port } = new URL(url);
    const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    const argv = [
      'curl',
      '-s',
      '-S',
      '-m',
      '10',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--resolve',
      `${hostname}:${at}:127.0.0.1`,
      url,
    ];
    const verdict = verdictOf(await shell.read(host, argv), url);
    if (!verdict.ok) return verdict;
  }
  return { ok: true };
}

/** Pages answer 200 from outside, over IPv4 and, where told, over IPv6. Asked from batcave01, which is another network. */
export async function answersOutside(
  shell: ShellReader,
  from: HostRef,
  urls: readonly string[],
  families: readonly ('-4' | '-6')[],
): Promise<Verdict> {
  for (const url of urls) {
    for (const family of families) {
      const argv = [
        'curl',
        '-s',
        '-S',
        family,
        '-m',
        '10',
        '-H',
        'Cache-Control: no-cache',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        url,
      ];
      const verdict = verdictOf(await shell.read(from, argv), `${url} over IPv${family.slice(1)}`);
      if (!verdict.ok) return verdict;
    }
  }
  return { ok: true };
}

function verdictOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, what: string): Verdict {
  const status = stdout.trim();
  if (status === '200') return { ok: true };
  const why = status === '000' || status === '' ? stderr.trim() || 'no answer' : `status ${status}`;
  return { ok: false, wait: true, why: `${what}: ${why}` };
}

import type { HostRef } from '#ports/shell.ts';

/** A command as a person types it: for reading and pasting, never what this program sends (the shell adapter quotes that itself). */
export function commandLine(argv: readonly string[]): string {
  return argv.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** The id of a host: an instance id, or the name that the estate gives it. */
export function hostName(host: HostRef): string {
  return 'instance' in host ? host.instance : host.host;
}

/** A command with where to type it: `i-0687…# umount /srv/copr-fe`, as root there unless told. */
export function onHost(host: HostRef, argv: readonly string[] | string, as?: string): string {
  const line = typeof argv === 'string' ? argv : commandLine(argv);
  return `${hostName(host)}# ${as === undefined ? line : `runuser -u ${as} -- ${line}`}`;
}

/** Tags in the AWS command line's shorthand: `Key=Name,Value=copr-backend-dev`. */
export function tagWords(tags: { readonly [key: string]: string }): string[] {
  return Object.entries(tags).map(([key, value]) => `Key=${key},Value=${value}`);
}

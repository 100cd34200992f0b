import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { parseDuration, writeDuration } from '#core/duration.ts';

/** `root_gib` → `rootGib`. */
type Camel<S> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type CamelKeys<T> = { [K in keyof T as Camel<K>]: T[K] };

/**
 * A mapping with exactly these keys. In the file they are written with underscores, in the program in camel case. The
 * message of an unknown key is the list of the known ones: the reader makes its sentence of it.
 */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z
    .strictObject(shape, {
      error: issue => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
    })
    .transform(value => camelKeys(value));
}

function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      one,
    ]),
  ) as CamelKeys<T>;
}

/** A text of a form. `what` completes "must be …". */
export function text(form: RegExp, what: string) {
  return z.string(what).regex(form, what);
}

/** Milliseconds, written as `15m`, within bounds. */
export function duration(least: number, most: number) {
  const what = `a time between ${writeDuration(least)} and ${writeDuration(most)}, like 10s, 15m or 3d`;
  return z.string(what).transform((written, context) => {
    const ms = parseDuration(written);
    if (ms !== undefined && ms >= least && ms <= most) return ms;
    context.addIssue({ code: 'custom', message: what, input: written });
    return z.NEVER;
  });
}

/** A whole number within bounds. */
export function count(least: number, most: number) {
  const what = `a whole number from ${least} to ${most}`;
  return z.int(what).min(least, what).max(most, what);
}

export const flag = z.boolean('true or false');

/** Names that people type in commands: targets, environments, persons. */
export const nameForm = /^[a-z][a-z0-9-]{0,39}$/;
export const name = text(nameForm, 'a name of small letters, digits and dashes');

/** A list, empty unless told. */
export function list<T extends z.ZodType>(of: T) {
  return z.array(of, 'a list');
}

const hostForm = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;
export const hostName = text(hostForm, 'a host name');
export const ipv4 = z.string('an IPv4 address').refine(isIPv4, 'an IPv4 address');
export const ipv6 = z.string('an IPv6 address').refine(isIPv6, 'an IPv6 address');
/** Of a server that is reached by it: a name or an address. */
export const hostOrAddress = z
  .string('a host name or an address')
  .refine(value => isIP(value) !== 0 || hostForm.test(value), 'a host name or an address');
export const port = count(1, 65_535);

const awsId = (prefix: string, example: string) =>
  text(new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`), `an id like ${example}`);
export const instanceId = awsId('i', 'i-068797506af611303');
export const volumeId = awsId('vol', 'vol-0860700f1b82314b5');
export const subnetId = awsId('subnet', 'subnet-0995f6a466849f4c3');
export const allocationId = awsId('eipalloc', 'eipalloc-07d4b6a1f3e9825c0');
export const deviceName = text(/^(?:\/dev\/)?(?:sd[b-z]|xvd[b-z]{1,2})$/, 'a device name like /dev/sdf or sdf');

/** Absolute, and free of what a shell or a mount table would read otherwise. */
export const path = text(/^\/(?:[A-Za-z0-9@._+-]+(?:\/[A-Za-z0-9@._+-]+)*)?$/, 'an absolute path');
const pathInside = (what: string) =>
  text(/^(?!\.)(?:(?!\.\.)[A-Za-z0-9@._+-]+\/)*(?!\.)[A-Za-z0-9@._+-]+$/, `a path inside ${what}`);
/** Inside the inventory's repository. */
export const repositoryPath = pathInside("the inventory's repository");
/** In the dns repository. */
export const zonePath = pathInside('the dns repository');
export const unit = text(/^[A-Za-z0-9@._:-]+\.(?:service|socket|target|timer)$/, 'a systemd unit like httpd.service');
export const userName = text(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name');
export const hostKey = text(
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}$/,
  'a public host key without comment, like "ssh-ed25519 AAAA…"',
);
export const mailAddress = text(/^[^\s@<>,;"]+@[A-Za-z0-9.-]+$/, 'a mail address');
/** Of a mail's sender or a commit's author: with or without a name before it. */
export const mailbox = text(
  /^(?:[^<>@"\p{Cc}]+ <[^\s@<>,;"]+@[A-Za-z0-9.-]+>|[^\s@<>,;"]+@[A-Za-z0-9.-]+)$/u,
  'like "Ferry <ferry@example.org>"',
);
export const matrixAccount = text(/^@[a-z0-9._=/+-]+:[A-Za-z0-9.:[\]-]+$/, 'a Matrix account like @alice:example.org');
export const matrixRoom = text(
  /^[#!][^\s:]+(?::[A-Za-z0-9.:[\]-]+)?$/,
  'a room like #copr:example.org or !id:example.org',
);
export const slackAccount = text(/^[UW][A-Z0-9]{2,}$/, 'a Slack user id like U0123ABCD');
export const httpUrl = z
  .string('an address like https://example.org')
  .refine(
    value => URL.canParse(value) && /^https?:\/\/[^@\s/?#]+(?:[/?#]\S*)?$/.test(value),
    'an address like https://example.org, without password',
  );
export const tagText = text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u, 'what AWS takes as a tag');

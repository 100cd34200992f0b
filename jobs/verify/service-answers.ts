import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';
import { certificateFacts, certificateOf } from '../read/certificate-facts.ts';
import { builderCount } from '../read/storage-facts.ts';
import { onInstance } from '../role-units.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';
import { knowsLogin } from './knows-login.ts';
import { noRowMissing } from './no-row-missing.ts';
import { answersOutside } from './origin-answers.ts';
import { signs } from './signs.ts';

/** A target's service: where it is now, and what is known of how it was. What isn't known isn't compared. */
export type Service = Pick<TargetFacts, 'certificate' | 'counts'> & {
  readonly settings: RunSettings;
  readonly target: TargetSettings;
  readonly instance: string;
  /** The backend for which keygen signs; undefined: there is none to ask. */
  readonly backend: string | undefined;
};

/** The target's service as users see it: its pages from outside by name, and what its role must do. */
export async function serviceAnswers(shell: ShellReader, service: Service): Promise<Verdict> {
  const { target, settings, instance, backend } = service;
  const families = target.ipv6 === null && target.ipv6Moves !== false ? (['-4'] as const) : (['-4', '-6'] as const);
  const pages = await answersOutside(shell, { host: settings.batcave.host }, target.check.urls, families);
  if (!pages.ok) return pages;
  const host = onInstance(instance);
  const certificate = await sameCertificate(shell, host, service);
  if (!certificate.ok) return certificate;
  switch (target.role) {
    case 'frontend': {
      const counts = await noRowMissing(shell, host, service.counts);
      if (!counts.ok) return counts;
      const known = await knowsLogin(shell, service);
      return known.ok ? consumes(shell, host, service) : known;
    }
    case 'backend': {
      const builders = await builderCount(shell, host);
      return builders > 0
        ? { ok: true, note: `${builders} builders up` }
        : { ok: false, wait: true, why: 'no builder is up yet' };
    }
    case 'keygen':
      return backend === undefined ? { ok: true } : signs(shell, backend, service);
    case 'distgit':
      return repositoryAnswers(shell, service);
  }
}

/** The consumer of Fedora's messages runs, where the estate lists it. */
async function consumes(shell: ShellReader, host: HostRef, { target }: Pick<Service, 'target'>): Promise<Verdict> {
  for (const unit of target.services.filter(name => name.startsWith('fm-consumer'))) {
    const { stdout } = await shell.read(host, ['systemctl', 'is-active', unit]);
    if (stdout.trim() !== 'active') return { ok: false, wait: true, why: `${unit} is ${stdout.trim() || 'unknown'}` };
  }
  return { ok: true };
}

/** A renewed one is as good; another, older one means that the copy went wrong. */
async function sameCertificate(
  shell: ShellReader,
  host: HostRef,
  { target, certificate: was }: Pick<Service, 'target' | 'certificate'>,
): Promise<Verdict> {
  if (was === null) return { ok: true };
  const is = await certificateFacts(shell, host, target);
  if (is !== null && (is.serial === was.serial || is.ends > was.ends)) return { ok: true };
  const what = is === null ? 'there is no certificate' : `the certificate is ${is.serial}`;
  return { ok: false, why: `${what} in ${certificateOf(target)}, it was ${was.serial} on the old instance` };
}

/** The known repository is offered to whoever clones it, with its commit. */
async function repositoryAnswers(shell: ShellReader, { target, settings }: Service): Promise<Verdict> {
  const { repository, commit } = target.check;
  if (repository === null) return { ok: true };
  const { code, stdout, stderr } = await shell.read({ host: settings.batcave.host }, ['git', 'ls-remote', repository]);
  if (code !== 0) return { ok: false, wait: true, why: `${repository}: ${stderr.trim().split('\n').at(-1)}` };
  if (commit === null || stdout.includes(commit)) return { ok: true };
  return { ok: false, why: `${repository} has no branch that ends with ${commit}` };
}

import type { RoleName } from './settings.ts';

/** The role of its own that a target's playbook plays last, as Ansible prints it. Source: the inventory's playbooks. */
export function ownRole(role: RoleName): string {
  return { frontend: 'copr/frontend', backend: 'copr/backend', distgit: 'copr/dist_git', keygen: 'copr/keygen' }[role];
}

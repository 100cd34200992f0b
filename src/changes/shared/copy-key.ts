/** Where a host keeps the key with which it reads from its predecessor. */
export const copyKeyPath = '/root/.ssh/ferry-copy';

/** The comment that marks the key's line in the predecessor's authorized_keys. */
export function copyKeyComment(instance: string): string {
  return `ferry-copy-${instance}`;
}

export const authorizedKeysPath = '/root/.ssh/authorized_keys';

/**
 * Cloud-init user data that lets Ferry's own key in as root, beside the key pair: an image lets only the user fedora in
 * before the first playbook. A public key is no secret.
 */
export function userData(publicKey: string): string {
  return [
    '#cloud-config',
    'disable_root: false',
    'users:',
    '  - default',
    '  - name: root',
    '    ssh_authorized_keys:',
    `      - ${publicKey}`,
    '',
  ].join('\n');
}

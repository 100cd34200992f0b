import type { Algorithms } from 'ssh2';

/** What pretend hosts offer. For GCM a cipher is made for each packet, which takes longer than all else of a connection. */
export const algorithms: Algorithms = {
  cipher: ['aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'],
};

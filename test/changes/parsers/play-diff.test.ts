import { describe, expect, it } from 'vitest';
import { parseTaskChanges } from '#changes/parsers/play-diff.ts';

const output = `
TASK [base : iptables rules] ***************************************************
--- before: /etc/sysconfig/iptables
+++ after: /root/.ansible/tmp/ansible-local-1/tmpx/iptables.j2
@@ -20,6 +20,7 @@
 -A INPUT -i lo -j ACCEPT
--A INPUT -s 172.30.2.9 --dport 5167 -j ACCEPT
+-A INPUT -s 172.30.2.9 --dport 5167 -j ACCEPT
+-A INPUT -s 172.30.2.94 --dport 5167 -j ACCEPT
\\ No newline at end of file

changed: [copr-keygen.aws.fedoraproject.org]

TASK [base : same as before] ***************************************************
ok: [copr-keygen.aws.fedoraproject.org]

TASK [copr/keygen : two files] *************************************************
--- before
+++ after: /etc/sign.conf
@@ -0,0 +1 @@
+allow: 172.30.2.94
--- before: /etc/other
+++ after: /etc/other
@@ -1 +0,0 @@
-gone

changed: [copr-keygen.aws.fedoraproject.org] => (item=1)
changed: [copr-keygen.aws.fedoraproject.org] => (item=2)

RUNNING HANDLER [base : restart nftables] **************************************
changed: [copr-keygen.aws.fedoraproject.org]

PLAY RECAP *********************************************************************
copr-keygen.aws.fedoraproject.org : ok=4 changed=3 unreachable=0 failed=0
- no change
`;

describe('what a play with --diff prints', () => {
  it('gives the lines of each file by task, and tasks that show none', () => {
    expect(parseTaskChanges(output)).toEqual([
      {
        task: 'base : iptables rules',
        file: '/etc/sysconfig/iptables',
        added: ['-A INPUT -s 172.30.2.9 --dport 5167 -j ACCEPT', '-A INPUT -s 172.30.2.94 --dport 5167 -j ACCEPT'],
        removed: ['-A INPUT -s 172.30.2.9 --dport 5167 -j ACCEPT'],
      },
      { task: 'copr/keygen : two files', file: '/etc/sign.conf', added: ['allow: 172.30.2.94'], removed: [] },
      { task: 'copr/keygen : two files', file: '/etc/other', added: [], removed: ['gone'] },
      { task: 'base : restart nftables', file: undefined, added: [], removed: [] },
    ]);
  });

  it('is nothing where nothing changes', () => {
    expect(parseTaskChanges('PLAY RECAP ****\nhost : ok=1 changed=0 unreachable=0 failed=0\n')).toEqual([]);
  });
});

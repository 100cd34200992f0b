interface Expected {
  /** "well", "stopped" (at mounting, as expected), or what the failure says. */
  readonly is: string | RegExp;
  /** Whether the role `base` was left on the target. */
  readonly left: boolean;
}

const mine = (task: string, said: string) =>
  new RegExp(`^groups/copr-frontend\\.yml, role copr/frontend, task "${task}"${said}`);
const stopped: Expected = { is: 'stopped', left: true };
const well: Expected = { is: 'well', left: true };
const disk = 'Mount up disk of copr fe';
const cantFind = ": Error mounting /srv/copr-fe: mount: /srv/copr-fe: can't find LABEL=copr-fe";
const failed = (task: string, said: string): Expected => ({ is: mine(task, said), left: true });

/** What is to be made of each case, whichever version printed it. */
export const expectations: Readonly<Record<string, Expected>> = {
  well,
  'well-timed': well,
  mount: stopped,
  'mount-timed': stopped,
  'mount-pretty': stopped,
  'mount-yaml': stopped,
  'mount-coloured': stopped,
  'mount-path-shown': stopped,
  'mount-args-shown': stopped,
  'mount-nested': stopped,
  'mount-loop': stopped,
  verbose: stopped,
  bind: stopped,
  // More went wrong than that, or something else.
  'mount-both': failed(disk, cantFind),
  'mount-serial': failed(disk, cantFind),
  'mount-free': failed(disk, cantFind),
  'mount-always': failed(disk, cantFind),
  'mount-tmp': failed('mount tmp on tmpfs', ": Error mounting /tmp: mount: /tmp: can't find LABEL=tmp"),
  'mount-command': failed('mount up disk of copr fe', ': non-zero return code \\(exit 1\\) mount: '),
  'mount-delegated': failed(disk, cantFind),
  'mount-loop-delegated': failed(
    'mount what is listed',
    ", item .*/srv/copr-fe: Error mounting /srv/copr-fe: mount: /srv/copr-fe: can't find LABEL=copr-fe",
  ),
  'mount-rescued': failed('install copr-frontend and copr-selinux', ': No package copr-frontend available\\.$'),
  'mount-unreachable': failed(disk, ": copr-fe-dev\\.aws\\.fedoraproject\\.org can't be reached: .*Connection refused"),
  'mount-broken': failed(disk, ': .*'),
  swap: {
    is: /^groups\/copr-frontend\.yml, task "Mount swap": non-zero return code \(exit 255\) swapon: \/swap: swapon failed$/,
    left: false,
  },
  'swap-timed': { is: /^groups\/copr-frontend\.yml, task "Mount swap": .*\(exit 255\)/, left: false },
  base: { is: /^groups\/copr-frontend\.yml, role base, task "mount nothing": /, left: false },
  loop: failed('enable services', ', item crond: non-zero return code \\(exit 5\\) Unit crond.service not found\\.$'),
  'loop-yaml': failed(
    'enable services',
    ', item crond: non-zero return code \\(exit 5\\) Unit crond.service not found\\.$',
  ),
  'loop-both': failed('enable services', ', item crond: '),
  'loop-ignored': well,
  always: failed('upgrade db to head', ': Target database is not up to date\\.$'),
  'rescue-fails': failed('put the dump back', ': No dump is there\\.$'),
  handler: {
    is: /role copr\/frontend, handler "reload httpd": non-zero return code \(exit 1\) Job for httpd\.service failed\.$/,
    left: true,
  },
  'two-lines': failed('install copr-frontend, and copr-selinux', ': No package copr-frontend available\\.$'),
  'many-lines': failed('rebuild indexes', ': Traceback .* RuntimeError: no index$'),
  'many-lines-yaml': failed('rebuild indexes', ': Traceback .* RuntimeError: no index$'),
  'many-lines-pretty': failed('rebuild indexes', ': Traceback .* RuntimeError: no index$'),
  'no-name': failed('command', ': non-zero return code \\(exit 3\\)$'),
  secret: failed('set the password', ': the output has been hidden due to the fact that'),
  undefined: failed('install copr configs', ": .*'copr_infrastructure_password' is undefined"),
  delegated: failed('fetch the certificate', ': non-zero return code \\(exit 4\\)$'),
  retried: failed('wait for the frontend', ': non-zero return code \\(exit 7\\)$'),
  'missing-file': failed('and httpd', ': Could not find or access '),
  'one-of-two': failed('install copr-frontend and copr-selinux', ': No package copr-frontend available\\.$'),
  'any-error-fatal': failed('install copr-frontend and copr-selinux', ': No package copr-frontend available\\.$'),
  'ignored-unreachable': well,
  syntax: { is: /^groups\/copr-frontend\.yml did nothing: couldn't resolve module\/action/, left: false },
  'missing-tasks': { is: /^groups\/copr-frontend\.yml did nothing: Could not find specified file/, left: false },
  'no-such-limit': { is: /the inventory has no copr-fe-dev\.aws\.fedoraproject\.org for it$/, left: false },
  'other-group': { is: /the inventory has no copr-fe-dev\.aws\.fedoraproject\.org for it$/, left: false },
  check: well,
};

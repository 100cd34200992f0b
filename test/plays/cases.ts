/** One run of `books/play.yml`: what is played, and how. */
export interface PlayCase {
  readonly name: string;
  /** Tasks of the role copr/frontend, a file of its `tasks`. */
  readonly tasks: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const both = { pattern: 'two' };

/** What batcave01's ansible.cfg turns on; `logdetail` only prints where it has written. */
const timed = { ANSIBLE_CALLBACKS_ENABLED: 'ansible.posix.profile_tasks,ansible.posix.profile_roles' };

/** Everything that a play may end with, as far as it prints something of its own. */
export const playCases: readonly PlayCase[] = [
  { name: 'well', tasks: 'well' },
  { name: 'well-timed', tasks: 'well', env: timed },
  { name: 'mount', tasks: 'mount' },
  { name: 'mount-timed', tasks: 'mount', env: timed },
  { name: 'mount-pretty', tasks: 'mount', env: { ANSIBLE_CALLBACK_FORMAT_PRETTY: 'true' } },
  { name: 'mount-yaml', tasks: 'mount', env: { ANSIBLE_CALLBACK_RESULT_FORMAT: 'yaml' } },
  { name: 'mount-coloured', tasks: 'mount', env: { ANSIBLE_FORCE_COLOR: 'true' } },
  { name: 'mount-path-shown', tasks: 'mount', env: { ANSIBLE_SHOW_TASK_PATH_ON_FAILURE: 'true' } },
  { name: 'mount-args-shown', tasks: 'mount', env: { ANSIBLE_DISPLAY_ARGS_TO_STDOUT: 'true' } },
  { name: 'mount-both', tasks: 'mount', vars: both },
  { name: 'mount-serial', tasks: 'mount', vars: { ...both, batch: '1' } },
  { name: 'mount-free', tasks: 'mount', vars: both, env: { ANSIBLE_STRATEGY: 'free' } },
  { name: 'bind', tasks: 'bind' },
  { name: 'mount-always', tasks: 'cleared' },
  { name: 'mount-tmp', tasks: 'mount-tmp' },
  { name: 'mount-command', tasks: 'mount-command' },
  { name: 'mount-loop', tasks: 'mount-loop' },
  { name: 'mount-delegated', tasks: 'mount-delegated' },
  { name: 'mount-loop-delegated', tasks: 'mount-loop-delegated' },
  { name: 'mount-rescued', tasks: 'mount-rescued' },
  { name: 'mount-unreachable', tasks: 'mount-unreachable' },
  { name: 'mount-broken', tasks: 'mount', vars: { ansible_python_interpreter: '/nowhere/python3' } },
  { name: 'mount-nested', tasks: 'nested' },
  { name: 'swap', tasks: 'mount', vars: { before: 'swap' } },
  { name: 'swap-timed', tasks: 'mount', vars: { before: 'swap' }, env: timed },
  { name: 'base', tasks: 'mount', vars: { base_fails: 'true' } },
  { name: 'loop', tasks: 'loop' },
  { name: 'loop-yaml', tasks: 'loop', env: { ANSIBLE_CALLBACK_RESULT_FORMAT: 'yaml' } },
  { name: 'loop-both', tasks: 'loop', vars: both },
  { name: 'loop-ignored', tasks: 'loop-ignored' },
  { name: 'always', tasks: 'always' },
  { name: 'rescue-fails', tasks: 'rescue-fails' },
  { name: 'handler', tasks: 'handler' },
  { name: 'two-lines', tasks: 'two-lines' },
  { name: 'many-lines', tasks: 'many-lines' },
  { name: 'many-lines-yaml', tasks: 'many-lines', env: { ANSIBLE_CALLBACK_RESULT_FORMAT: 'yaml' } },
  { name: 'many-lines-pretty', tasks: 'many-lines', env: { ANSIBLE_CALLBACK_FORMAT_PRETTY: 'true' } },
  { name: 'no-name', tasks: 'no-name' },
  { name: 'secret', tasks: 'secret' },
  { name: 'undefined', tasks: 'undefined' },
  { name: 'delegated', tasks: 'delegated' },
  { name: 'retried', tasks: 'retried' },
  { name: 'missing-file', tasks: 'missing-file' },
  { name: 'one-of-two', tasks: 'one-of-two', vars: both },
  { name: 'any-error-fatal', tasks: 'one-of-two', vars: both, env: { ANSIBLE_ANY_ERRORS_FATAL: 'true' } },
  { name: 'ignored-unreachable', tasks: 'ignored-unreachable' },
  { name: 'syntax', tasks: 'syntax' },
  { name: 'missing-tasks', tasks: 'nothing-here' },
  { name: 'no-such-limit', tasks: 'well', args: ['-l', 'copr-fe-dev-temp.aws.fedoraproject.org'] },
  { name: 'other-group', tasks: 'well', args: ['-l', 'copr-be-dev.aws.fedoraproject.org'] },
  { name: 'check', tasks: 'mount', args: ['--check'], env: { ANSIBLE_CHECK_MODE_MARKERS: 'true' } },
  { name: 'verbose', tasks: 'mount', args: ['-vvv'] },
];

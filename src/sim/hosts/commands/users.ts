import { type Call, done, exec, failed, type HostCommand, type Outcome, userOf } from '../call.ts';

const homes: Record<string, string> = { root: '/root', postgres: '/var/lib/pgsql' };
const homeOf = (user: string) => homes[user] ?? `/home/${user}`;

async function as(call: Call, user: string, argv: readonly string[]): Promise<Outcome> {
  if (argv.length === 0) return failed(`${call.name}: no command`);
  const before = { user: call.ctx.env.get('USER'), home: call.ctx.env.get('HOME') };
  const result = await exec(call, argv, { USER: user, LOGNAME: user, HOME: homeOf(user) });
  if (before.user !== undefined) call.ctx.env.set('USER', before.user);
  if (before.home !== undefined) call.ctx.env.set('HOME', before.home);
  return result;
}

/** sudo of the rules that the estate's hosts have: everything on instances for fedora and root; on batcave01 rbac-playbook only. */
export const sudo: HostCommand = call => {
  const words = [...call.args];
  let user = 'root';
  while (words[0]?.startsWith('-')) {
    const flag = words.shift();
    if (flag === '-u') user = words.shift() ?? 'root';
    if (flag === '--') break;
  }
  const allowed =
    call.host.state.id !== 'batcave01' || userOf(call) === 'root' || /(?:^|\/)rbac-playbook$/.test(words[0] ?? '');
  if (!allowed) return failed('sudo: a password is required');
  return as(call, user, words);
};

export const runuser: HostCommand = call => {
  if (userOf(call) !== 'root') return failed(`${call.name}: may not be used by non-root users`);
  const words = [...call.args];
  let user = 'root';
  let command: string | undefined;
  while (words[0]?.startsWith('-')) {
    const flag = words.shift();
    if (flag === '-u') user = words.shift() ?? user;
    if (flag === '-c') command = words.shift();
    if (flag === '--') break;
  }
  if (!call.args.includes('-u')) user = words.shift() ?? user;
  if (words[0] === '-c') command = words[1];
  return as(call, user, command === undefined ? words : ['sh', '-c', command]);
};

export const id: HostCommand = call => {
  const user = call.args.find(word => !word.startsWith('-')) ?? userOf(call);
  const number = user === 'root' ? 0 : 1000;
  if (call.args.includes('-u')) return done(call.args.includes('-n') ? user : String(number));
  if (call.args.includes('-un')) return done(user);
  return done(`uid=${number}(${user}) gid=${number}(${user}) groups=${number}(${user})`);
};

export const whoami: HostCommand = call => done(userOf(call));

import { done, exec, failed, type HostCommand, has, split } from '../call.ts';

const fileOfDescriptor = /^__(?:file|file_append|rw)__:(?:\d+:\d+:)?(\/.*?)(?::\d+)?$/s;

/** flock on an open file's number, or on a path with a command. */
export const flock: HostCommand = async call => {
  const { host, session, ctx } = call;
  const firstWord = call.args.findIndex(
    (word, nth) => !word.startsWith('-') && !['-w', '--timeout', '-E'].includes(call.args[nth - 1] ?? ''),
  );
  const own = call.args.slice(0, firstWord < 0 ? undefined : firstWord);
  const { flags, values } = split(own, ['-w', '--timeout', '-E']);
  const what = call.args[firstWord] ?? '';
  const argv = call.args.slice(firstWord + 1);
  const number = /^[0-9]+$/.test(what) ? Number(what) : undefined;
  const open = number === undefined ? what : fileOfDescriptor.exec(ctx.fileDescriptors?.get(number) ?? '')?.[1];
  if (has(flags, '-u', '--unlock')) {
    // A detached process inherited the open file, which a new shell doesn't know by its number.
    if (open === undefined) host.locks.releaseAll(session);
    else host.locks.release(open, session);
    return done();
  }
  if (open === undefined) return failed(`flock: ${what}: Bad file descriptor`, 65);
  const seconds = values.get('-w') ?? values.get('--timeout');
  const giveUp = has(flags, '-n', '--nonblock')
    ? undefined
    : seconds === undefined
      ? new Promise<void>(() => {})
      : new Promise<void>(resolve => setTimeout(resolve, Number(seconds) * 1000).unref());
  const got = await host.locks.take(open, has(flags, '-s', '--shared') ? 'shared' : 'alone', session, giveUp);
  if (!got) return failed('', Number(values.get('-E') ?? 1));
  if (number !== undefined || argv.length === 0) return done();
  const result = await exec(call, argv[0] === '-c' ? ['sh', ...argv] : argv);
  host.locks.release(open, session);
  return result;
};

const outputOf = /^__(?:file|file_append)__:(\/.*)$/s;

/** Only the detached form: what is started goes on when its starter ends. Its output goes where this shell's own goes. */
export const setsid: HostCommand = async call => {
  const { host, session, ctx } = call;
  const argv = call.args.filter((word, nth) => nth > 1 || !/^-[fw]$|^--fork$/.test(word));
  if (argv.length === 0) return failed('setsid: no command specified');
  const output = outputOf.exec(ctx.fileDescriptors?.get(1) ?? '')?.[1];
  const { fault } = session;
  host.startJob(
    {
      argv: [...argv],
      cwd: ctx.cwd,
      user: ctx.env.get('USER') ?? session.user,
      env: ctx.exportedEnv ?? {},
      ...(output === undefined ? {} : { output }),
      ...(fault === undefined ? {} : { fault }),
    },
    session,
  );
  await host.show();
  host.effect('process-started', { argv: argv.slice(0, 1), pid: host.state.processes.at(-1)?.pid });
  return done();
};

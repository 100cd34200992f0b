import { type Call, done, failed, type HostCommand, has, type Outcome, split } from '../call.ts';
import { matching, setEnabled, startUnit, stopUnit, unitPlan } from '../units.ts';
import type { VirtualHost } from '../virtual-host.ts';

const properties: Record<string, (host: VirtualHost, name: string) => string> = {
  Id: (_, name) => name,
  Names: (_, name) => name,
  LoadState: (host, name) => {
    const unit = host.state.units[name];
    return unit === undefined ? 'not-found' : unit.enabled === 'masked' ? 'masked' : 'loaded';
  },
  ActiveState: (host, name) => activeState(host, name),
  SubState: (host, name) => {
    const active = activeState(host, name);
    if (active !== 'active') return active === 'failed' ? 'failed' : 'dead';
    return name.endsWith('.timer') ? 'waiting' : name.endsWith('.service') ? 'running' : 'active';
  },
  UnitFileState: (host, name) => host.state.units[name]?.enabled ?? '',
  MainPID: (host, name) => String(host.state.processes.find(one => one.unit === name)?.pid ?? 0),
  FragmentPath: (host, name) => (host.state.units[name] === undefined ? '' : `/usr/lib/systemd/system/${name}`),
  Description: (_, name) => name,
  Result: (host, name) => (host.state.units[name]?.failed === true ? 'exit-code' : 'success'),
  NRestarts: () => '0',
};

function activeState(host: VirtualHost, name: string): string {
  const unit = host.state.units[name];
  if (unit?.failed === true) return 'failed';
  return unit?.active === true ? 'active' : 'inactive';
}

/** systemctl over the host's units; unknown verbs fail. */
export const systemctl: HostCommand = async call => {
  const { flags, values, operands } = split(call.args, ['-p', '--property', '-t', '--type', '--state', '-n', '-o']);
  const [verb = 'list-units', ...words] = operands;
  const { host } = call;
  const names = words.flatMap(word => matching(host, word));
  switch (verb) {
    case 'is-active':
    case 'is-failed':
    case 'is-enabled':
      return states(host, verb, names, has(flags, '-q', '--quiet'));
    case 'show':
      return show(host, names, values.get('-p') ?? values.get('--property'), flags.includes('--value'));
    case 'cat':
      return names.every(name => host.state.units[name] !== undefined)
        ? done(names.map(name => unitFile(host, name)).join('\n'))
        : failed(`No files found for ${names.join(', ')}.`);
    case 'list-units':
    case 'list-timers':
    case 'list-unit-files':
      return list(host, verb, values, flags, words);
    case 'daemon-reload':
    case 'reset-failed':
      for (const name of names) delete host.state.units[name]?.failed;
      return done();
    case 'reboot':
    case 'poweroff':
      host.neighbours.power(host, verb === 'reboot' ? 'reboot' : 'off');
      return done();
    default:
      return change(call, verb, names, flags.includes('--now'));
  }
};

function states(host: VirtualHost, verb: string, names: readonly string[], quiet: boolean): Outcome {
  const words = names.map(name =>
    verb === 'is-enabled' ? (host.state.units[name]?.enabled ?? 'not-found') : activeState(host, name),
  );
  const good = verb === 'is-enabled' ? ['enabled', 'static'] : [verb === 'is-failed' ? 'failed' : 'active'];
  const unknown = names.some(name => host.state.units[name] === undefined);
  const code = words.some(word => good.includes(word)) ? 0 : verb === 'is-active' ? (unknown ? 4 : 3) : unknown ? 4 : 1;
  return { code, out: quiet ? '' : `${words.join('\n')}\n`, err: '' };
}

function show(host: VirtualHost, names: readonly string[], wanted: string | undefined, bare: boolean): Outcome {
  const keys = wanted === undefined ? Object.keys(properties) : wanted.split(',');
  const blocks = names.map(name =>
    keys.map(key => (bare ? '' : `${key}=`) + (properties[key]?.(host, name) ?? '')).join('\n'),
  );
  return done(blocks.join('\n\n'));
}

function unitFile(host: VirtualHost, name: string): string {
  const command = unitPlan(host, name)?.command ?? '';
  return `# /usr/lib/systemd/system/${name}\n[Unit]\nDescription=${name}\n${command === '' ? '' : `\n[Service]\nExecStart=${command}\n`}`;
}

function list(
  host: VirtualHost,
  verb: string,
  values: ReadonlyMap<string, string>,
  flags: readonly string[],
  words: readonly string[],
): Outcome {
  const type = verb === 'list-timers' ? 'timer' : (values.get('--type') ?? values.get('-t'));
  const state = values.get('--state')?.split(',');
  const all = has(flags, '--all', '-a') || verb === 'list-unit-files';
  const wanted = words.length === 0 ? undefined : new Set(words.flatMap(word => matching(host, word)));
  const rows = Object.entries(host.state.units)
    .filter(([name]) => type === undefined || type.split(',').some(one => name.endsWith(`.${one}`)))
    .filter(([name]) => wanted === undefined || wanted.has(name))
    .filter(([name, unit]) => all || unit.active || activeState(host, name) === 'failed')
    .filter(
      ([name, unit]) =>
        state === undefined || state.includes(verb === 'list-unit-files' ? unit.enabled : activeState(host, name)),
    );
  const legend = !flags.includes('--no-legend');
  if (verb === 'list-timers') {
    const lines = rows.map(([name]) => `- - - - ${name} ${name.replace('.timer', '.service')}`);
    return done([...(legend ? ['NEXT LEFT LAST PASSED UNIT ACTIVATES'] : []), ...lines].join('\n'));
  }
  if (verb === 'list-unit-files')
    return done(
      [...(legend ? ['UNIT FILE STATE PRESET'] : []), ...rows.map(([name, unit]) => `${name} ${unit.enabled} -`)].join(
        '\n',
      ),
    );
  const lines = rows.map(
    ([name]) => `${name} loaded ${activeState(host, name)} ${properties.SubState?.(host, name)} ${name}`,
  );
  return done([...(legend ? ['UNIT LOAD ACTIVE SUB DESCRIPTION'] : []), ...lines].join('\n'));
}

async function change(call: Call, verb: string, names: readonly string[], now: boolean): Promise<Outcome> {
  const { host } = call;
  const errors: string[] = [];
  const note = (why: string | undefined) => {
    if (why !== undefined) errors.push(why);
  };
  await host.wait(400, call.session);
  for (const name of names) {
    const known = host.state.units[name] !== undefined;
    switch (verb) {
      case 'start':
        note(await startUnit(host, name));
        break;
      case 'stop':
        note(await stopUnit(host, name));
        break;
      case 'restart':
      case 'reload':
      case 'reload-or-restart':
      case 'try-restart':
        if (verb.startsWith('reload') || host.state.units[name]?.active === true || verb === 'restart') {
          if (verb !== 'reload') await stopUnit(host, name);
          note(await startUnit(host, name));
        }
        break;
      case 'enable':
      case 'disable':
        if (!known) note(`Failed to ${verb} unit: Unit ${name} does not exist`);
        else if (host.state.units[name]?.enabled === 'masked') {
          if (verb === 'enable') note(`Failed to enable unit: Unit ${name} is masked`);
        } else if (host.state.units[name]?.enabled !== 'static')
          setEnabled(host, name, verb === 'enable' ? 'enabled' : 'disabled');
        if (now && known) note(verb === 'enable' ? await startUnit(host, name) : await stopUnit(host, name));
        break;
      case 'mask':
        host.state.units[name] ??= { active: false, enabled: 'disabled' };
        setEnabled(host, name, 'masked');
        if (now) note(await stopUnit(host, name));
        break;
      case 'unmask':
        if (host.state.units[name]?.enabled === 'masked')
          setEnabled(host, name, host.state.units[name]?.unmasked ?? 'disabled');
        break;
      case 'kill':
        for (const process of [...host.state.processes]) if (process.unit === name) host.kill(process.pid);
        break;
      default:
        return failed(`Unknown command verb '${verb}'.`);
    }
  }
  return errors.length === 0 ? done() : failed(errors.join('\n'), verb === 'stop' ? 5 : 1);
}

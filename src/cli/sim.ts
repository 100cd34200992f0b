import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { exit, UsageError } from './subcommand.ts';

const help = `ferry sim: the outside world, pretended: EC2, SSH hosts, a Matrix homeserver, git, mail, DNS

Usage: ferry sim --dir D [--speed N|max] [--inventory DIR]

  --dir D          folder of the world; a second start goes on where it was
  --speed N        divides the world's delays (default 1; "max": none)
  --inventory DIR  begin with these inventory files instead of the pretend ones

Prints "ready" when everything answers. D then holds estate.yaml, ferry.env and world.json: point the bot at it with
"ferry start --env-file D/ferry.env", and any Matrix, AWS or SSH client by world.json. Controls: docs/simulator.md.
Everything listens on 127.0.0.1; nothing outside the folder is touched.
`;

/** `ferry sim`. */
export async function simCommand(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      dir: { type: 'string' },
      speed: { type: 'string' },
      inventory: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return exit.done;
  }
  if (values.dir === undefined) throw new UsageError('--dir is missing: the folder of the world');
  const { startSimulator } = await import('#sim/simulator.ts');
  const simulator = await startSimulator({
    dir: values.dir,
    speed: speedOf(values.speed),
    ...(values.inventory === undefined ? {} : { inventory: values.inventory }),
  });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  process.stdout.write('ready\n');
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await simulator.stop();
  return exit.done;
}

/** @throws UsageError naming the argument. */
export function speedOf(text: string | undefined): number | 'max' {
  if (text === undefined) return 1;
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (!Number.isFinite(speed) || speed <= 0)
    throw new UsageError(`--speed ${JSON.stringify(text)} is neither a positive number nor "max"`);
  return speed;
}

import { parseArgs } from 'node:util';
import { readConfig } from '#estate/config.ts';
import { readEstate } from '#estate/read-estate.ts';
import { openLog } from '../src/app/log.ts';
import { openApp } from '../src/app.ts';
import { openStore } from '../src/cli/open-store.ts';
import { chain } from './chain.ts';

/** `ferry start` with a procedure that does nothing. Tells its parent, in ns of the machine, when each change is sent. */
const { values } = parseArgs({ options: { 'env-file': { type: 'string' }, state: { type: 'string' } } });
const config = readConfig({
  envFile: values['env-file'] ?? '',
  environment: { ...process.env, FERRY_STATE: values.state ?? '' },
});
const { procedure, nodes } = chain(
  [
    { id: 'check-readiness', phase: 'prepare' },
    { id: 'announce-outage', phase: 'outage', whole: true },
    { id: 'stop', phase: 'outage', gate: 'outage', changes: true },
    { id: 'announce-over', phase: 'outage', whole: true },
  ],
  () => process.send?.({ sentAt: String(process.hrtime.bigint()) }),
);
const store = await openStore({
  redisUrl: undefined,
  state: config.stateDir,
  path: process.env.PATH ?? '',
  starts: true,
  onError: () => {},
});
const app = await openApp(await readEstate(config.estateFile), config, store, openLog('warn'), true, {
  procedure,
  proposer: {
    prepare: ({ targets, asker }) => ({
      nodes: nodes(targets[0] ?? ''),
      settings: {},
      kinds: { nothing: 1 },
      targets: targets.map(name => ({ name, role: 'keygen' as const, driver: asker })),
    }),
  },
  outlook: {
    windows: [],
    stepTime: () => 1_000,
    backTime: () => 1_000,
    checked: 'nothing',
    releases: () => undefined,
    sshTo: () => undefined,
  },
});
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
const running = Promise.all([app.work(stopping.signal), app.chat(stopping.signal)]);
await app.listening(stopping.signal);
process.stderr.write('ready\n');
await running;
await app.close();
await store.close();
process.disconnect?.();

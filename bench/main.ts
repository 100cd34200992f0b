import { cpus, totalmem } from 'node:os';
import { type Row, table } from './row.ts';

const measures: Readonly<Record<string, () => Promise<() => Promise<Row[]>>>> = {
  'step-cost': async () => (await import('./step-cost.ts')).stepCost,
  'start-in-room': async () => (await import('./start-in-room.ts')).startInRoom,
  'bot-process': async () => (await import('./bot-process.ts')).botProcess,
  outage: async () => (await import('./outage.ts')).outage,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => measures[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`npm run bench [MEASURE…]: there are ${Object.keys(measures).join(', ')}\n`);
  process.exit(2);
}
const [cpu] = cpus();
process.stdout.write(
  `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}\n\n`,
);
for (const [name, load] of Object.entries(measures)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const measure = await load();
  process.stdout.write(`${table(await measure())}\n\n`);
}
// Nothing is left to wait for; connections that idle would keep the process.
process.exit(0);

import { readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { writeDuration } from '#core/duration.ts';
import { readEstate } from '#estate/read-estate.ts';

/**
 * A machine that tests something else too is slow: what takes long in the pretend world must not count as trouble. Written
 * into the estate's file, which the bot follows.
 *
 * @param reply how long an answer may take, ms.
 */
export async function makePatient(file: string, reply: number): Promise<void> {
  const { limits } = (await readEstate(file)).timing.world;
  const document = parseDocument(readFileSync(file, 'utf8'));
  const set = (path: readonly string[], ms: number) => document.setIn(['timing', ...path], writeDuration(ms));
  set(['world', 'connect'], 20_000);
  set(['world', 'reply'], reply);
  for (const [name, ms] of Object.entries(limits)) set(['world', 'limits', name], Math.max(240_000, ms));
  // Tests move store time on, and the chat's clock stays: what is said then is no old command.
  set(['people', 'stale_command'], 24 * 3_600_000);
  writeFileSync(file, document.toString());
}

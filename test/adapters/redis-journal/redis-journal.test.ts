import { describe } from 'vitest';
import { journalContract } from '#test/contracts/journal-contract.ts';
import { leasesContract } from '#test/contracts/leases-contract.ts';
import { lostStoreContract } from '#test/contracts/lost-store-contract.ts';
import { outagesContract } from '#test/contracts/outages-contract.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { redisHarness } from './redis-harness.ts';

const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('the journal on Redis', () => {
  describe('as a journal', () => journalContract(redisHarness));
  describe('as keeper of one outage at a time', () => outagesContract(redisHarness));
  describe('as keeper of leases', () => leasesContract(redisHarness));
  describe('when it lost something', () => lostStoreContract(redisHarness));
});

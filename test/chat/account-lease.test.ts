import { expect, it } from 'vitest';
import { AccountLease } from '#chat/account-lease.ts';
import type { Lease } from '#ports/journal.ts';

const lease: Lease = { run: 'chat/@ferry:sim', holder: 'us', number: 7 };

/** A store that says what the test wants it to. */
function held() {
  const store = {
    now: 0,
    take: async (): Promise<Lease | undefined> => lease,
    renew: async (): Promise<number | undefined> => store.now + 2_500,
  };
  const clock = {
    now: () => store.now,
    sleep: async (ms: number) => {
      store.now += ms;
    },
  };
  const leases = { take: () => store.take(), renew: () => store.renew(), release: async () => undefined };
  return { store, account: new AccountLease({ leases, name: lease.run, clock, renewEvery: 800 }) };
}

const refuses = () => Promise.reject(new Error("READONLY You can't write against a read only replica."));

/** Keeps the lease until it is lost. */
async function loses(account: AccountLease): Promise<void> {
  const lost = new AbortController();
  await account.keep(lease, lost.signal, lost);
}

it('one whose lease runs out in a store that takes no writes still speaks for the account', async () => {
  const { store, account } = held();
  await account.take();
  store.take = refuses;
  // Some are refused, the last finds that it ran out, and writes nothing.
  const renewals = [async () => store.now + 2_500, refuses, refuses, refuses, async () => undefined];
  store.renew = async () => renewals.shift()?.();
  await loses(account);
  store.now += 60_000;
  expect(await account.take()).toBeUndefined();
  expect(account.speaksFor).toBe(7);
});

it('its own lease that could not be released is not taken for that of another', async () => {
  const { store, account } = held();
  await account.take();
  store.take = async () => undefined;
  expect(await account.take()).toBeUndefined();
  expect(account.speaksFor).toBe(7);
});

it('one that lost it to another does not speak', async () => {
  const { store, account } = held();
  await account.take();
  store.renew = async () => undefined;
  await loses(account);
  store.take = async () => undefined;
  store.now += 10_000;
  await account.take();
  expect(account.speaksFor).toBeUndefined();
});

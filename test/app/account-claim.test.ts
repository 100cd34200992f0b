import { afterEach, describe, expect, it } from 'vitest';
import { StartedBot } from '#test/builders/started-bot.ts';
import { AccountClaim, whileClaimed } from '../../src/app/account-claim.ts';

const quiet = { warn() {} };

/** The account's data, as every process of the account sees it. */
class Account {
  readonly self = '@ferry:sim';
  value: string | undefined;
  /** Runs before the next write is done. */
  meanwhile: (() => Promise<unknown>) | undefined;
  async mark() {
    return this.value;
  }
  async setMark(store: string) {
    const before = this.meanwhile;
    this.meanwhile = undefined;
    await before?.();
    this.value = store;
  }
}

function claimOf(store: string, sleep: (ms: number) => Promise<void> = async () => {}) {
  const noted = { claimed: false };
  const note = {
    get: async () => noted.claimed,
    set: async (claimed: boolean) => {
      noted.claimed = claimed;
    },
  };
  return { noted, claim: new AccountClaim({ store, note, clock: { sleep } }) };
}

describe('one account, one store', () => {
  it('the first store has the account, and has it again at each start', async () => {
    const account = new Account();
    const { claim, noted } = claimOf('one');
    expect(await claim.holds()).toBe(false);
    await claim.claim(account, false);
    expect({ holds: await claim.holds(), noted, value: account.value }).toEqual({
      holds: true,
      noted: { claimed: true },
      value: 'one',
    });
    await claimOf('one').claim.claim(account, false);
  });

  it('another store does not get it, is told how to move, and moves nothing from then on, also where it had it before', async () => {
    const account = new Account();
    account.value = 'one';
    const { claim, noted } = claimOf('two');
    noted.claimed = true;
    await expect(claim.claim(account, false)).rejects.toMatchObject({
      code: 'account-taken',
      message: expect.stringMatching(/@ferry:sim is the bot of another store.*--take-account/),
    });
    expect(await claim.holds()).toBe(false);
    await claim.claim(account, true);
    expect({ holds: await claim.holds(), value: account.value }).toEqual({ holds: true, value: 'two' });
  });

  it('of two first starts at once one has it, whoever writes last, and the other moves nothing', async () => {
    const account = new Account();
    let release = () => {};
    const written = new Promise<void>(resolve => {
      release = resolve;
    });
    // Each waits until both have written.
    const one = claimOf('one', () => written);
    const two = claimOf('two', () => written);
    const both = Promise.allSettled([one.claim.claim(account, false), two.claim.claim(account, false)]);
    await expect.poll(() => account.value).toBeDefined();
    release();
    const [first, second] = await both;
    expect([first?.status, second?.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect([await one.claim.holds(), await two.claim.holds()]).toEqual([
      account.value === 'one',
      account.value === 'two',
    ]);
  });

  it('a first mark has to stand for a moment: whoever writes meanwhile has the account', async () => {
    const account = new Account();
    const { claim } = claimOf('one', async () => {
      account.value = 'two';
    });
    await expect(claim.claim(account, false)).rejects.toMatchObject({ code: 'account-taken' });
    expect(await claim.holds()).toBe(false);
  });

  it('one that read before and writes after the other had looked has it, and the other finds that at its next look', async () => {
    const account = new Account();
    const one = claimOf('one');
    const two = claimOf('two');
    // two has read that there is no mark; one takes the account whole, then two writes.
    account.meanwhile = () => one.claim.claim(account, false);
    await two.claim.claim(account, false);
    expect(account.value).toBe('two');
    await expect(one.claim.watch(account, quiet, new AbortController().signal)).rejects.toMatchObject({
      code: 'account-taken',
    });
    expect([await one.claim.holds(), await two.claim.holds()]).toEqual([false, true]);
  });

  it('a mark that can not be read changes nothing', async () => {
    const { claim, noted } = claimOf('one');
    noted.claimed = true;
    const away = { self: '@ferry:sim', mark: () => Promise.reject(new Error('away')), setMark: async () => {} };
    await expect(claim.claim(away, false)).rejects.toThrow('away');
    const stopping = new AbortController();
    let looks = 0;
    const watching = claim.watch(
      {
        ...away,
        mark: () => {
          looks += 1;
          if (looks === 3) stopping.abort();
          return away.mark();
        },
      },
      quiet,
      stopping.signal,
    );
    await watching;
    expect(await claim.holds()).toBe(true);
  });

  it('it is known at once to a process on the store that had it, also while the chat is away', async () => {
    const { claim, noted } = claimOf('one');
    noted.claimed = true;
    expect(await claim.holds()).toBe(true);
  });

  it('a process that has it goes on while the store says nothing', async () => {
    const note = { get: () => Promise.reject(new Error('no store')), set: async () => {} };
    const claim = new AccountClaim({ store: 'one', note, clock: { sleep: async () => {} } });
    await expect(claim.holds()).rejects.toThrow('no store');
    await claim.claim(new Account(), false);
    expect(await claim.holds()).toBe(true);
  });

  it('nothing moves while the store doesn’t say whose the account is, and nothing that moves stops for that', async () => {
    const answers: (() => Promise<boolean>)[] = [];
    const told: string[] = [];
    const stopping = new AbortController();
    const says = async (answer: () => Promise<boolean>) => {
      answers.push(answer);
      await expect.poll(() => answers.length).toBe(0);
    };
    const unknown = () => Promise.reject(new Error('no store'));
    let last = unknown as () => Promise<boolean>;
    const holds = () => {
      last = answers.shift() ?? last;
      return last();
    };
    const clock = { sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)) };
    const running = whileClaimed({ holds }, { clock, log: quiet, pollMs: 5 }, stopping.signal, async until => {
      told.push('acts');
      await new Promise(resolve => until.addEventListener('abort', resolve));
      told.push('stops');
    });
    await says(unknown);
    expect(told).toEqual([]);
    await says(async () => true);
    await expect.poll(() => told).toEqual(['acts']);
    await says(unknown);
    await says(unknown);
    expect(told).toEqual(['acts']);
    stopping.abort();
    await running;
    expect(told, 'it waits for what it had begun').toEqual(['acts', 'stops']);
  });

  it('what ended by itself is begun anew', async () => {
    const stopping = new AbortController();
    let turns = 0;
    const clock = { sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)) };
    await whileClaimed({ holds: async () => true }, { clock, log: quiet, pollMs: 5 }, stopping.signal, async () => {
      turns += 1;
      if (turns === 2) stopping.abort();
    });
    expect(turns).toBe(2);
  });

  it('what moves runs waits for the account, and stops when it is lost', async () => {
    let holds = false;
    const told: string[] = [];
    const stopping = new AbortController();
    const clock = { sleep: (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms)) };
    const running = whileClaimed(
      { holds: async () => holds },
      { clock, log: quiet, pollMs: 5 },
      stopping.signal,
      async until => {
        told.push('acts');
        await new Promise(resolve => until.addEventListener('abort', resolve));
        told.push('stops');
      },
    );
    expect(told).toEqual([]);
    holds = true;
    await expect.poll(() => told).toEqual(['acts']);
    holds = false;
    await expect.poll(() => told).toEqual(['acts', 'stops']);
    holds = true;
    await expect.poll(() => told).toEqual(['acts', 'stops', 'acts']);
    stopping.abort();
    await running;
  });
});

describe('a bot of another store on the same account', () => {
  let bot: StartedBot;
  afterEach(() => bot.end());

  it('ends and moves nothing, while the first one goes on; with --take-account it has the account', async () => {
    bot = await StartedBot.prepare();
    await bot.start({ before: false });
    await bot.serves('#copr-work:sim');
    const other = await bot.another();
    try {
      await other.start({ before: false });
      expect(await other.ends()).toMatchObject({ code: 'account-taken' });
      await bot.moves(await bot.proposes());
      await bot.stop();
      await other.start({ before: false, take: true });
      await other.moves(await other.proposes());
      await bot.start();
      expect(await bot.ends()).toMatchObject({ code: 'account-taken' });
    } finally {
      await other.end();
    }
  });
});

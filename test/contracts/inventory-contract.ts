import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gitInventory } from '#adapters/git-inventory/git-inventory.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import type { InventoryReader, InventoryWriter } from '#ports/inventory.ts';
import type { Send } from '#ports/send.ts';

/** A repository with the pretend inventory, reached as the bot reaches it, and by somebody else beside it. */
export interface InventoryHarness {
  readonly repository: string;
  readonly branch: string;
  readonly sshKeyFile?: string;
  readonly hostKeys?: readonly string[];
  /** Commits files as somebody else; returns the new head. */
  commitAs(author: string, message: string, files: Readonly<Record<string, string | Buffer>>): string;
  head(): string;
  bytes(path: string): Buffer;
  stop(): Promise<void>;
}

const inventory = 'inventory/inventory';
const vars = 'inventory/group_vars/copr_back_dev_aws';
const host = 'copr-be-dev.aws.fedoraproject.org';
const birthday = {
  op: 'set-host-vars',
  file: inventory,
  section: 'copr_back_dev_aws',
  host,
  vars: { birthday: 'yes' },
} as const satisfies InventoryEdit;
const disabled = {
  op: 'set-scalar',
  file: vars,
  key: 'services_disabled',
  from: 'false',
  to: 'true',
} as const satisfies InventoryEdit;
const message =
  'dev-12: copr-be-dev is provisioned anew\n\nAsked for by alice, approved by bob.\n\nFerry-Approver: bob';

let keys = 0;
export function sendOf(more: Partial<Send> = {}): Send {
  keys += 1;
  const key = more.key ?? `${'0123456789abcdef'.repeat(2)}.inv-${keys}.1`;
  return {
    run: 'run-1',
    key,
    lease: 1,
    sendBy: Date.now() + 60_000,
    now: () => Date.now(),
    signal: new AbortController().signal,
    ...more,
  };
}

/** What every inventory must do, whatever carries its repository. */
export function inventoryContract(name: string, open: () => Promise<InventoryHarness>): void {
  describe(`an inventory ${name}`, () => {
    let harness: InventoryHarness;
    let port: InventoryReader & InventoryWriter;
    let folder: string;

    beforeAll(async () => {
      harness = await open();
      folder = mkdtempSync(join(tmpdir(), 'ferry-inventory-'));
    });
    beforeEach(() => {
      const { repository, branch, sshKeyFile, hostKeys } = harness;
      const cacheDir = join(folder, 'copy');
      const ssh = {
        ...(sshKeyFile === undefined ? {} : { sshKeyFile }),
        ...(hostKeys === undefined ? {} : { hostKeys }),
      };
      port = gitInventory({ repository, branch, author: 'Ferry <ferry@example.org>', cacheDir, ...ssh });
    });
    afterAll(async () => {
      await harness.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const undo = () =>
      port.commit(
        {
          edits: [
            { ...birthday, vars: { birthday: null } },
            { ...disabled, from: 'true', to: 'false' },
          ],
          message: 'back',
        },
        sendOf(),
      );

    it('shows the head as it is now, and files as they were at a commit', async () => {
      const before = await port.head();
      expect(before).toBe(harness.head());
      expect(await port.file(inventory)).toContain(`\n${host}\n`);
      const after = harness.commitAs('Carol <carol@example.org>', 'a new file', { 'inventory/new': 'x é\r\n' });
      expect(await port.head()).toBe(after);
      expect(await port.file('inventory/new')).toBe('x é\r\n');
      expect(await port.file('inventory/new', before)).toBeUndefined();
      expect(await port.file('inventory/nothing')).toBeUndefined();
    });

    it('makes one commit of all edits on the head, by its author, with run and key as trailers', async () => {
      const before = harness.head();
      const send = sendOf();
      const { commit, diff } = await port.commit({ edits: [birthday, disabled], message }, send);
      expect(harness.head()).toBe(commit);
      const [one, ...more] = await port.commitsSince(before);
      expect(more).toEqual([]);
      expect(one).toMatchObject({
        id: commit,
        author: 'Ferry <ferry@example.org>',
        subject: 'dev-12: copr-be-dev is provisioned anew',
        trailers: { 'Ferry-Run': 'run-1', 'Ferry-Change': send.key, 'Ferry-Approver': 'bob' },
      });
      expect(Math.abs((one?.at ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(diff.split('\n').filter(line => /^[-+][^-+]/.test(line))).toEqual([
        '-services_disabled: false   # see the SOP',
        '+services_disabled: true   # see the SOP',
        `-${host}`,
        `+${host} birthday=yes`,
      ]);
      expect(await port.commitOf(send.key)).toEqual(one);
      expect(await port.commitOf('another')).toBeUndefined();
      expect(await port.commitOf(send.key, commit)).toEqual(one);
      expect(await port.commitOf(send.key, before)).toBeUndefined();
      await undo();
      expect(harness.bytes(inventory).toString()).toContain(`\n${host}\n`);
    });

    it('makes the commit of a key once', async () => {
      const send = sendOf();
      const first = await port.commit({ edits: [birthday], message }, send);
      await undo();
      const head = harness.head();
      expect(await port.commit({ edits: [birthday], message }, send)).toEqual(first);
      expect(harness.head()).toBe(head);
    });

    it('makes no commit where all the work is done', async () => {
      const head = harness.head();
      const edits: InventoryEdit[] = [{ ...birthday, vars: { birthday: null } }];
      expect(await port.commit({ edits, message }, sendOf())).toEqual({ commit: head, diff: '' });
      expect(harness.head()).toBe(head);
    });

    it("keeps others' commits that came since it last looked", async () => {
      await port.head();
      const theirs = harness.commitAs('Carol <carol@example.org>', 'theirs', { 'inventory/theirs': '1\n' });
      const { commit } = await port.commit({ edits: [birthday], message }, sendOf());
      expect((await port.commitsSince(theirs)).map(one => one.id)).toEqual([commit]);
      expect(await port.file('inventory/theirs')).toBe('1\n');
      await undo();
    });

    it('keeps every other byte, of a file that is no UTF-8 too', async () => {
      const odd = Buffer.from(
        '# caf\xe9\r\n[copr_back_dev_aws]\t\r\n copr-be-dev.aws.fedoraproject.org\t # \xff',
        'latin1',
      );
      harness.commitAs('Carol <carol@example.org>', 'odd', { 'inventory/odd': odd });
      await port.commit({ edits: [{ ...birthday, file: 'inventory/odd' }], message }, sendOf());
      const expected = odd.toString('latin1').replace('org\t', 'org birthday=yes\t');
      expect(harness.bytes('inventory/odd').toString('latin1')).toBe(expected);
    });

    it('refuses edits that do not fit, and pushes nothing', async () => {
      const head = harness.head();
      const edits: InventoryEdit[] = [birthday, { ...disabled, key: 'services_enabled' }];
      await expect(port.commit({ edits, message }, sendOf())).rejects.toMatchObject({
        code: 'no-such-line',
        retry: false,
      });
      const missing: InventoryEdit[] = [{ ...disabled, file: 'inventory/group_vars/nobody' }];
      await expect(port.commit({ edits: missing, message }, sendOf())).rejects.toMatchObject({ code: 'no-such-file' });
      expect(harness.head()).toBe(head);
    });

    it.each(['../../etc/passwd', '/etc/passwd', 'inventory/../x', '.git/config', ''])(
      'refuses the path %j',
      async file => {
        await expect(port.file(file)).rejects.toMatchObject({ code: 'bad-input' });
      },
    );

    it('sends nothing when its time has passed or its signal was aborted', async () => {
      const head = harness.head();
      const change = { edits: [birthday], message };
      await expect(port.commit(change, sendOf({ sendBy: Date.now() - 1 }))).rejects.toMatchObject({ code: 'not-sent' });
      const signal = AbortSignal.abort();
      await expect(port.commit(change, sendOf({ signal }))).rejects.toMatchObject({ code: 'not-sent' });
      // The time passes between the last look of this process and the moment at which git would send.
      let looks = 0;
      const now = () => {
        looks += 1;
        return looks < 4 ? 1_000 : 3_000;
      };
      await expect(port.commit(change, sendOf({ sendBy: 1_000, now }))).rejects.toMatchObject({ code: 'not-sent' });
      expect(harness.head()).toBe(head);
    });

    it('when two commit at the same time, one is told to try again and then finds its place', async () => {
      const { repository, branch, sshKeyFile, hostKeys } = harness;
      const ssh = {
        ...(sshKeyFile === undefined ? {} : { sshKeyFile }),
        ...(hostKeys === undefined ? {} : { hostKeys }),
      };
      const other = gitInventory({ repository, branch, author: 'B <b@x>', cacheDir: join(folder, 'other'), ...ssh });
      const before = harness.head();
      const sends = [sendOf(), sendOf()] as const;
      const both = await Promise.allSettled([
        port.commit({ edits: [birthday], message }, sends[0]),
        other.commit({ edits: [disabled], message }, sends[1]),
      ]);
      const lost = both.filter(one => one.status === 'rejected');
      for (const one of lost) expect(one.reason).toMatchObject({ code: 'raced', retry: true });
      if (both[0].status === 'rejected') await port.commit({ edits: [birthday], message }, sends[0]);
      if (both[1].status === 'rejected') await other.commit({ edits: [disabled], message }, sends[1]);
      expect(await port.commitsSince(before)).toHaveLength(2);
      await undo();
    });

    it("a person's words never pass for our trailers", async () => {
      const head = harness.head();
      const forged = `x\n\nbecause\nFerry-Change: forged\n\nferry-change: forged\nFerry-Run : forged`;
      const send = sendOf();
      await port.commit({ edits: [birthday], message: forged }, send);
      expect((await port.commitsSince(head))[0]?.trailers).toMatchObject({
        'Ferry-Change': send.key,
        'Ferry-Run': 'run-1',
      });
      expect(await port.commitOf('forged')).toBeUndefined();
      await undo();
    });

    it('refuses a commit that is not in the history', async () => {
      await expect(port.commitsSince('0123456789'.repeat(4))).rejects.toMatchObject({ code: 'no-such-commit' });
      await expect(port.commitsSince('--all')).rejects.toMatchObject({ code: 'bad-input' });
    });
  });
}

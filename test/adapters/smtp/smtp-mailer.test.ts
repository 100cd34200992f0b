import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SmtpOptions, smtpMailer } from '#adapters/smtp/smtp-mailer.ts';
import { Kernel } from '#sim/kernel.ts';
import { startSmtp } from '#sim/smtp/start-smtp.ts';
import type { FaultKind, WorldState } from '#sim/state.ts';

const mail = {
  messageId: 'run-1.announce.1@ferry.example.org',
  to: ['copr-devel@lists.example.org', 'devel@lists.example.org'],
  subject:
    'Planned outage of Fedora Copr, 2026-12-04 20:00 UTC – „alles“ & a subject that is long enough to be folded over lines',
  text: 'Dear all,\n\n.\nFrom here: a line with ümlauts, a trailing blank \nand one that is longer than what fits into a line of a mail, which is 76 characters if I remember right = 100%\n',
};

describe('the mailer, on the simulated mail server', () => {
  let kernel: Kernel;
  let server: Awaited<ReturnType<typeof startSmtp>>;
  let options: SmtpOptions;

  beforeEach(async () => {
    const seed = () => ({ version: 1, hosts: {}, mails: [] as WorldState['mails'] }) as WorldState;
    kernel = new Kernel(mkdtempSync(join(tmpdir(), 'ferry-smtp-')), seed, 'max');
    server = await startSmtp(kernel, { port: 0 });
    const from = 'Fedora Copr <ferry@example.org>';
    options = { host: '127.0.0.1', port: server.port, security: 'none', from, limitMs: 500 };
  });
  afterEach(async () => {
    await server.stop();
    kernel.stop();
    rmSync(kernel.dir, { recursive: true, force: true });
  });

  it('delivers sender, recipients, subject, text and the given Message-ID whole', async () => {
    await smtpMailer(options).send(mail);
    const { at, ...received } = kernel.state.mails[0] ?? { at: 0 };
    expect(received).toEqual({ ...mail, from: options.from });
    expect(Math.abs(at - Date.now())).toBeLessThan(10_000);
    expect(kernel.effects).toMatchObject([{ service: 'smtp', action: 'send', args: { messageId: mail.messageId } }]);
  });

  const refused: [FaultKind, object][] = [
    ['throttled', { name: 'Refused', code: 'mail-refused', retry: true }],
    ['busy', { name: 'Refused', code: 'mail-refused', retry: true }],
    ['disk-full', { name: 'Refused', code: 'mail-refused', retry: true }],
    ['fail', { name: 'Refused', code: 'mail-refused', retry: false, message: expect.stringContaining('554 5.7.1') }],
    ['drop', { name: 'Unknown', code: 'mail-unknown' }],
    ['hang', { name: 'Unknown', code: 'mail-unknown' }],
  ];
  it.each(refused)('"%s": says so, and sends nothing a second time by itself', async (kind, error) => {
    kernel.addFault({ service: 'smtp' }, kind, 1);
    await expect(smtpMailer(options).send(mail)).rejects.toMatchObject(error);
    expect(kernel.state.mails).toEqual([]);
    expect(kernel.calls).toHaveLength(1);
  });

  it('a lost reply is unknown, and the mail sent again is recognised by its Message-ID', async () => {
    kernel.addFault({ service: 'smtp' }, 'reply-lost', 1);
    await expect(smtpMailer(options).send(mail)).rejects.toMatchObject({ name: 'Unknown', code: 'mail-unknown' });
    await smtpMailer(options).send(mail);
    expect(kernel.state.mails.map(one => one.messageId)).toEqual([mail.messageId, mail.messageId]);
  });

  it('no line break in a subject or an id makes a header', async () => {
    await smtpMailer(options).send({ ...mail, subject: 'x\r\nBcc: eve@example.org\r\n\r\nbody', text: 'own' });
    expect(kernel.state.mails[0]).toMatchObject({ to: mail.to, text: 'own\n' });
    expect(kernel.state.mails[0]?.subject).toMatch(/^x ?Bcc: eve/);
  });

  it('a server that is away, is silent or has no TLS where it must is a refusal', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(smtpMailer({ ...options, port }).send(mail)).rejects.toMatchObject({
      code: 'mail-server-away',
      retry: true,
    });
    await new Promise(resolve => silent.close(resolve));
    await expect(smtpMailer({ ...options, port }).send(mail)).rejects.toMatchObject({
      code: 'mail-server-away',
      retry: true,
    });
    await expect(smtpMailer({ ...options, security: 'starttls' }).send(mail)).rejects.toMatchObject({
      name: 'Refused',
    });
    expect(kernel.state.mails).toEqual([]);
  });

  it('no error holds the password', async () => {
    const mailer = smtpMailer({ ...options, user: 'ferry', password: 'hunter2' });
    const error = await mailer.send(mail).catch(thrown => thrown);
    expect(error).toMatchObject({ name: 'Refused', code: 'mail-login-refused' });
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2');
  });
});

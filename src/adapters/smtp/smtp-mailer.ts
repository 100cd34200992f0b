import { Refused, Unknown } from '#core/errors.ts';
import type { Mailer } from '#ports/mail.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls`: refused where the server hasn't got it. */
  readonly security: 'none' | 'starttls' | 'tls';
  /** "Name <mail>" or an address. */
  readonly from: string;
  readonly user?: string;
  readonly password?: string;
  /** For the connection and for each answer; half a minute unless told. */
  readonly limitMs?: number;
}

/**
 * Sends plain text by SMTP, a connection each, and never a second time by itself.
 *
 * Refused: the server said no, or couldn't be reached (`retry` for answers 4xx and a server that is away); `recipients-refused`
 * names who didn't get it while others did. Unknown: the connection was lost on the way. `verify` connects and logs in, and
 * sends nothing.
 */
export function smtpMailer(options: SmtpOptions): Mailer & { verify(): Promise<void> } {
  const { host, port, security, from, user, password, limitMs = 30_000 } = options;
  // Loaded with the first mail: it is 20 MB, and most processes send none.
  const opened = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
      connectionTimeout: limitMs,
      greetingTimeout: limitMs,
      // Longer than the greeting's, so that a server that never spoke is told from one that fell silent.
      socketTimeout: limitMs + 500,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  let transport: ReturnType<typeof opened> | undefined;
  const mailing = () => {
    transport ??= opened();
    return transport;
  };
  return {
    async send(mail) {
      try {
        const { rejected } = await (await mailing()).sendMail({
          from,
          to: [...mail.to],
          subject: mail.subject,
          text: mail.text,
          messageId: `<${mail.messageId}>`,
          // RFC 3834: nobody's out-of-office answers it.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        if (rejected.length > 0)
          throw new Refused(
            'recipients-refused',
            `the mail server refused ${rejected.map(String).join(', ')}, the others got the mail`,
          );
      } catch (error) {
        throw translated(error, `${host}:${port}`);
      }
    },
    async verify() {
      try {
        await (await mailing()).verify();
      } catch (error) {
        throw translated(error, `${host}:${port}`);
      }
    },
  };
}

interface SmtpProblem {
  readonly code?: string;
  readonly syscall?: string;
  /** Nodemailer's: which of the limits passed. */
  readonly timeoutType?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

function translated(error: unknown, server: string): Error {
  if (error instanceof Refused) return error;
  const { code = '', responseCode, response, syscall, timeoutType, message = '' } = error as SmtpProblem;
  if (responseCode !== undefined && responseCode >= 400)
    return new Refused(
      code === 'EAUTH' ? 'mail-login-refused' : 'mail-refused',
      `the mail server ${server} said no: ${oneLine(response ?? '')}`,
      {
        retry: responseCode < 500,
      },
    );
  const neverThere =
    code === 'EDNS' ||
    syscall === 'connect' ||
    timeoutType === 'CONNECTION_TIMEOUT' ||
    timeoutType === 'GREETING_TIMEOUT';
  if (neverThere) return new Refused('mail-server-away', `the mail server ${server} can't be reached`, { retry: true });
  if (code === 'ETLS')
    return new Refused('mail-without-tls', `the mail server ${server} doesn't speak TLS as the estate asks for`);
  if (code === 'EENVELOPE') return new Refused('mail-refused', `no mail can be made of that: ${oneLine(message)}`);
  if (code === 'EAUTH') return new Refused('mail-login-refused', `the mail server ${server} offers no login that fits`);
  return new Unknown('mail-unknown', `whether ${server} took the mail isn't known: ${oneLine(message)}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

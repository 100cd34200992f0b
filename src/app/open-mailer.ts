import { smtpMailer } from '#adapters/smtp/smtp-mailer.ts';
import type { Config } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';

/** The mail server of the estate; undefined where it has none. Makes no connection before it is asked to. */
export function openMailer({ mail }: Estate, config: Config): ReturnType<typeof smtpMailer> | undefined {
  if (mail === undefined) return undefined;
  return smtpMailer({
    host: mail.host,
    port: mail.port,
    security: mail.security,
    from: mail.from,
    ...(mail.user === undefined ? {} : { user: mail.user }),
    ...(config.smtpPassword === undefined ? {} : { password: config.smtpPassword.reveal() }),
  });
}

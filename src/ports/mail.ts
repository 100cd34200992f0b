export interface Mail {
  /** Without angle brackets; made from the run's key, so that a repetition is recognised as the same mail. */
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** @throws Refused the server said no; Unknown when the answer was lost. Sending again with the same Message-ID is right in both. */
  send(mail: Mail): Promise<void>;
}

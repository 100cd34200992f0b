import { AsyncLocalStorage } from 'node:async_hooks';
import { EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { NotSent } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import { fencedWrite, type WireRequest } from './fenced-write.ts';
import { translated } from './translate-error.ts';

/** How the adapter reaches EC2. */
export interface Ec2Options {
  readonly region: string;
  /** Where EC2 answers, if not at AWS's own endpoint of the region: `http://127.0.0.1:4566`. */
  readonly endpoint?: string;
  /** Absent: the AWS client's own chain (environment, profile, instance role). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How long a connection may take to stand, in ms (3,000 unless told). Changes are bounded by their `sendBy` too. */
  readonly connectMs?: number;
  /** How long an answer may take, in ms (30,000 unless told). */
  readonly replyMs?: number;
  /** How often a read is tried in all (4 unless told). Changes are sent once. */
  readonly readAttempts?: number;
}

/** Sends reads, which may be repeated, and changes, which are sent once and inside their fence. */
export interface Ec2Clients {
  readonly reads: EC2Client;
  /**
   * @param what the action and its resources, for the sentence of an error.
   * @param act sends one command with the client that it gets.
   * @throws Refused, Unknown, NotSent as the port says.
   */
  change<O>(what: string, send: Send, act: (client: EC2Client) => Promise<O>): Promise<O>;
  close(): void;
}

export function ec2Clients(options: Ec2Options): Ec2Clients {
  const connectMs = options.connectMs ?? 3_000;
  const replyMs = options.replyMs ?? 30_000;
  const shared: EC2ClientConfig = {
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: { ...options.credentials } }),
    requestHandler: { connectionTimeout: connectMs, requestTimeout: replyMs, throwOnRequestTimeout: true },
  };
  const reads = new EC2Client({ ...shared, maxAttempts: options.readAttempts ?? 4, retryMode: 'standard' });
  const changes = new EC2Client({ ...shared, maxAttempts: 1 });
  const fence = new AsyncLocalStorage<{ readonly what: string; readonly send: Send }>();
  // Last of all middlewares: what it gets is signed, and it is the transport, so nothing repeats below it.
  changes.middlewareStack.add(
    () => async args => {
      const inside = fence.getStore();
      if (inside === undefined) throw new NotSent('not sent: a change left its fence');
      const response = await fencedWrite(args.request as WireRequest, inside.what, inside.send, replyMs);
      return { response } as never;
    },
    { step: 'deserialize', priority: 'low', name: 'fencedWrite' },
  );
  return {
    reads,
    async change(what, send, act) {
      try {
        return await fence.run({ what, send }, () => act(changes));
      } catch (error) {
        throw translated(error, { what, changes: true });
      }
    },
    close() {
      reads.destroy();
      changes.destroy();
    },
  };
}

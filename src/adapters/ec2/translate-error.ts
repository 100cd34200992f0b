import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { FerryError, NotSent, Refused, Unknown } from '#core/errors.ts';

/** AWS's codes for "not now": nothing happened, and the same request may be sent again after a while. */
const later: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
  'SlowDown',
  'EC2ThrottledException',
  'SnapshotCreationPerVolumeRateExceeded',
  'ConcurrentSnapshotLimitExceeded',
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'InsufficientAddressCapacity',
  'InsufficientVolumeCapacity',
  'InsufficientCapacity',
  'InsufficientReservedInstanceCapacity',
]);

/**
 * AWS's codes for "not in this state", "not there", "in use": the answer of a replica that is behind looks the same, so one
 * of them is no fact. Nothing happened; whoever asked looks at the world again before the same request leaves once more.
 */
function mayBeBehind({ name, message }: EC2ServiceException): boolean {
  if (
    /\.NotFound$|^(Incorrect(Instance)?State|VolumeInUse|Resource\.AlreadyAssociated|DependencyViolation)$/.test(name)
  ) {
    return true;
  }
  return name === 'InvalidParameterValue' && /\b(already (in use|assigned|associated)|is in use)\b/i.test(message);
}

/** What was asked of AWS: a read leaves nothing behind, a change whose answer is lost may have happened. */
export interface Asked {
  /** The action and its resources, e.g. "AttachVolume of vol-0… to i-0…". */
  readonly what: string;
  readonly changes: boolean;
}

/**
 * What an error of the AWS client means: `Refused` (4xx, and throttling or missing capacity whatever their status),
 * `Unknown` (5xx, time-out, dropped connection, an answer that isn't EC2's), `NotSent`. The code is AWS's own where
 * there is one. The sentence names action and resource, never a key, a signature or a stack.
 */
export function translated(error: unknown, { what, changes }: Asked): FerryError {
  if (error instanceof FerryError) return error;
  const perhaps = changes ? '; it may have happened' : '';
  if (error instanceof EC2ServiceException && !/^Unknown/.test(error.name)) {
    const status = error.$metadata.httpStatusCode ?? 0;
    const said = wordsOf(error.message);
    const answer = said === '' ? error.name : `${error.name}, ${said}`;
    if (later.has(error.name)) {
      return new Refused(error.name, `AWS refused ${what} for now: ${answer}`, { retry: true });
    }
    if (status >= 400 && status < 500)
      return new Refused(error.name, `AWS refused ${what}: ${answer}`, { retry: changes && mayBeBehind(error) });
    return new Unknown(error.name, `AWS failed at ${what}${perhaps}: ${answer}`);
  }
  const status = statusOf(error);
  if (status !== undefined) {
    const answer = `an answer that is not EC2's came back (HTTP ${status})`;
    return new Unknown(`http-${status}`, `no clear outcome of ${what}${perhaps}: ${answer}`);
  }
  const name = error instanceof Error ? error.name : 'Error';
  if (/Credentials|TokenProvider/.test(name)) {
    return new NotSent(`not sent: no AWS credentials were found for ${what}`);
  }
  const code = codeOf(error) ?? name;
  return new Unknown(code, `AWS did not answer ${what}${perhaps}: ${code}`);
}

/** Whether AWS said that something isn't there (`InvalidVolume.NotFound`, `InvalidInstanceID.NotFound`, …). */
export function isNotFound(error: unknown): boolean {
  return error instanceof EC2ServiceException && /\.NotFound$/.test(error.name);
}

/** The system's code of a network error (`ECONNRESET`), looked for along its causes. */
export function codeOf(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string') return one.code;
  }
  return undefined;
}

/** The HTTP status of an answer that the client couldn't take for one of EC2's. */
function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** AWS's message on one line, without access key ids and without the encoded blob of a refusal. */
function wordsOf(message: string): string {
  return message
    .replace(/Encoded authorization failure message:.*/s, '')
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '(access key)')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

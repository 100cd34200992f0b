import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import { sending } from '../../builders/sending.ts';

const credentials = { accessKeyId: 'AKIATEST000000000000', secretAccessKey: 'hush-hush' };
const closing: (() => void)[] = [];

/** Listens on loopback, counting the bytes that come in. */
async function listening(server: Server) {
  let bytes = 0;
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('data', data => {
      bytes += data.length;
    });
    socket.on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, bytes: () => bytes, connections: () => sockets.size };
}

const answering = (listener: RequestListener) => listening(createHttpServer(listener));

function computeAt(endpoint: string, replyMs = 300) {
  const compute = ec2Compute({ region: 'us-east-1', endpoint, credentials, replyMs, readAttempts: 1 });
  closing.push(() => compute.close());
  return compute;
}

const volume = 'vol-0123456789abcdef0';
const snapshot = { volume, description: '', tags: {} };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it went through'),
    error => error,
  );
const errorAnswer = (code: string, message: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;

describe('a change of EC2 inside its fence', () => {
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  it('nothing connects when its time has passed before', async () => {
    const server = await answering((_, response) => response.end());
    const compute = computeAt(`http://127.0.0.1:${server.port}`);
    const late = await failure(compute.createSnapshot(snapshot, sending({ sendBy: Date.now() - 1 })));
    expect(late).toBeInstanceOf(NotSent);
    expect(server.connections()).toBe(0);
  });

  it('nothing is written when its time passes while the connection is made', async () => {
    // A TLS greeting that is never answered: the connection doesn't stand.
    const server = await listening(createServer());
    const compute = computeAt(`https://127.0.0.1:${server.port}`);
    const began = Date.now();
    const late = await failure(compute.createSnapshot(snapshot, sending({ sendBy: began + 150 })));
    expect(late).toBeInstanceOf(NotSent);
    expect(late.message).toContain('before CreateSnapshot');
    expect(Date.now() - began).toBeGreaterThanOrEqual(140);
  });

  it('the time is looked at again when the connection stands', async () => {
    const server = await answering((_, response) => response.end());
    const compute = computeAt(`http://127.0.0.1:${server.port}`);
    let looks = 0;
    // In time when the change is begun, late at the write: the process slept in between.
    const now = () => (++looks <= 2 ? 1_000 : 5_000);
    const late = await failure(compute.createSnapshot(snapshot, sending({ sendBy: 3_000, now })));
    expect(late).toBeInstanceOf(NotSent);
    expect(server.bytes()).toBe(0);
  });

  it('an aborted signal stops it before the write, and makes it unknown after', async () => {
    const quiet = await answering(() => {});
    const compute = computeAt(`http://127.0.0.1:${quiet.port}`, 10_000);
    const before = await failure(compute.createSnapshot(snapshot, sending({ signal: AbortSignal.abort() })));
    expect(before).toBeInstanceOf(NotSent);
    expect(quiet.bytes()).toBe(0);
    const controller = new AbortController();
    const after = failure(compute.createSnapshot(snapshot, sending({ signal: controller.signal })));
    await vi.waitFor(() => expect(quiet.bytes()).toBeGreaterThan(0));
    controller.abort();
    expect(await after).toMatchObject({ name: 'Unknown', code: 'aborted' });
  });

  it('the answer may come after sendBy', async () => {
    const slow = await answering((_, response) => {
      setTimeout(
        () => response.end('<CreateSnapshotResponse><snapshotId>snap-1</snapshotId></CreateSnapshotResponse>'),
        200,
      );
    });
    const compute = computeAt(`http://127.0.0.1:${slow.port}`, 5_000);
    const made = await compute.createSnapshot(snapshot, sending({ sendBy: Date.now() + 100 }));
    expect(made).toEqual({ snapshot: 'snap-1' });
  });

  it('no answer in time is unknown', async () => {
    const quiet = await answering(() => {});
    const unanswered = await failure(computeAt(`http://127.0.0.1:${quiet.port}`).createSnapshot(snapshot, sending()));
    expect(unanswered).toMatchObject({ name: 'Unknown', code: 'no-reply' });
    expect(quiet.connections()).toBe(1);
  });

  it('a connection that breaks off in the answer is unknown', async () => {
    const torn = await answering((_, response) => {
      response.writeHead(200, { 'content-length': 5_000 });
      response.write('<CreateSnapshotResponse>');
      setTimeout(() => response.destroy(), 20);
    });
    const lost = await failure(computeAt(`http://127.0.0.1:${torn.port}`).createSnapshot(snapshot, sending()));
    expect(lost).toBeInstanceOf(Unknown);
    expect(lost.message).toContain('may have happened');
  });

  it('a refused connection is not sent', async () => {
    const server = await answering(() => {});
    for (const close of closing.splice(0)) close();
    const refused = await failure(computeAt(`http://127.0.0.1:${server.port}`).createSnapshot(snapshot, sending()));
    expect(refused).toBeInstanceOf(NotSent);
    expect(refused.message).toContain('ECONNREFUSED');
  });

  it.each([
    [503, 'RequestLimitExceeded', Refused, true],
    [500, 'InsufficientInstanceCapacity', Refused, true],
    [400, 'VolumeInUse', Refused, true],
    [403, 'UnauthorizedOperation', Refused, false],
    [500, 'InternalError', Unknown, undefined],
    [503, 'Unavailable', Unknown, undefined],
  ])('%i %s is sent once and is %o', async (status, code, kind, retry) => {
    let requests = 0;
    const server = await answering((_, response) => {
      requests += 1;
      response.writeHead(status).end(errorAnswer(code, 'Because.\n  AKIATEST000000000000 it is so'));
    });
    const no = await failure(computeAt(`http://127.0.0.1:${server.port}`).createSnapshot(snapshot, sending()));
    expect(no).toBeInstanceOf(kind);
    expect(no).toMatchObject({ code, ...(retry === undefined ? {} : { retry }) });
    expect(no.message).toContain(`CreateSnapshot of ${volume}`);
    expect(no.message).toContain('Because. (access key) it is so');
    expect(requests).toBe(1);
  });

  it('the encoded part of a refusal is left out', async () => {
    const text = 'You are not authorized to perform this operation. Encoded authorization failure message: aBcD1234';
    const server = await answering((_, response) => {
      response.writeHead(403).end(errorAnswer('UnauthorizedOperation', text));
    });
    const compute = computeAt(`http://127.0.0.1:${server.port}`);
    const may = await compute.mayDo({ action: 'StopInstances', instance: 'i-0123456789abcdef0' });
    expect(may).toContain('UnauthorizedOperation, You are not authorized to perform this operation.');
    expect(may).not.toContain('aBcD');
  });

  it.each([
    [502, 'http-502'],
    [403, 'http-403'],
  ])('%i of something that is not EC2 is unknown', async (status, code) => {
    const proxy = await answering((_, response) => response.writeHead(status).end('<html>proxy</html>'));
    const compute = computeAt(`http://127.0.0.1:${proxy.port}`);
    expect(await failure(compute.createSnapshot(snapshot, sending()))).toMatchObject({ name: 'Unknown', code });
    expect(await failure(compute.instance('i-0123456789abcdef0'))).toMatchObject({ name: 'Unknown', code });
  });

  it('a read that is not answered is unknown, and has not happened', async () => {
    const quiet = await answering(() => {});
    const unanswered = await failure(computeAt(`http://127.0.0.1:${quiet.port}`).instance('i-0123456789abcdef0'));
    expect(unanswered).toBeInstanceOf(Unknown);
    expect(unanswered.message).not.toContain('may have happened');
  });
});

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Kernel, Met } from '../kernel.ts';
import { actions } from './actions.ts';
import { stoppedByHost, terminatedByAws } from './change-instances.ts';
import { Ec2Context, noAllocation, noInstance, noSnapshot, noVolume } from './ec2-context.ts';
import { Ec2Error } from './ec2-error.ts';
import type { Ec2Hooks } from './ec2-hooks.ts';
import { Query } from './query.ts';
import { answerXml, errorXml } from './xml.ts';

export interface Ec2Options {
  /** 0: the port it got the last time, or any free one. */
  readonly port: number;
  /** The only access key id that is let in. Signatures aren't verified. */
  readonly accessKeyId: string;
  readonly hooks: Ec2Hooks;
}

export interface Ec2Service {
  readonly port: number;
  /** A host shut itself down or powered itself off: its instance stops. */
  poweredOff(instanceId: string): void;
  /** AWS itself ends an instance. @param reason `code: message`, as StateReason has them. */
  terminate(instanceId: string, reason: string): void;
  stop(): Promise<void>;
}

/**
 * The pretend EC2: an HTTP server on 127.0.0.1 that speaks the EC2 Query protocol over the kernel's state. What an
 * earlier start left under way (pending, attaching, detaching, …) goes on.
 */
export async function startEc2(kernel: Kernel, options: Ec2Options): Promise<Ec2Service> {
  const ec2 = new Ec2Context(kernel, options.hooks);
  const server = createServer((request, response) => {
    serve(ec2, options.accessKeyId, request, response).catch((error: Error) => {
      respond(response, 500, errorXml(randomUUID(), 'InternalError', `the simulator failed: ${error.message}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port || (kernel.state.ports.ec2 ?? 0), '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  kernel.state.ports.ec2 = port;
  ec2.transitions.resume();
  return {
    port,
    poweredOff: instanceId => stoppedByHost(ec2, instanceId),
    terminate: (instanceId, reason) => terminatedByAws(ec2, instanceId, reason),
    async stop() {
      ec2.transitions.stop();
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  ec2: Ec2Context,
  accessKeyId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  let form: URLSearchParams;
  try {
    form = new URLSearchParams(
      request.method === 'POST' ? await text(request) : new URL(request.url ?? '/', 'http://ec2').search,
    );
  } catch {
    // The client went away in the middle of its request: nothing was asked.
    response.destroy();
    return;
  }
  const action = form.get('Action') ?? '';
  let lost = false;
  try {
    authenticate(request, form, accessKeyId);
    const query = Query.parse(form);
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (act === undefined) {
      throw new Ec2Error('InvalidAction', `The action ${action} is not valid for this web service.`);
    }
    const call = ec2.kernel.call('ec2', action, query.toJson());
    const met = await ec2.kernel.before(call);
    if (met?.kind === 'hang') return;
    // Held until the simulator stopped: its state is saved, nothing may change it any more.
    if (ec2.transitions.stopped) return void response.destroy();
    if (met?.kind === 'drop') return void response.destroy();
    lost = met?.kind === 'reply-lost';
    refuseFor(met, action, query);
    const dryRun = () => {
      if (query.flag('DryRun') !== true) return;
      throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    };
    const seen = met?.kind === 'stale' && isReading(action) ? ec2.beforeLastEffect() : ec2;
    const answer = act({
      ec2: seen,
      query,
      dryRun,
      busy: met?.kind === 'busy',
      torn: met?.kind === 'torn',
      ...(met?.kind === 'terminated' ? { ends: met.reason ?? noCapacity } : {}),
    });
    await ec2.kernel.after(call);
    if (lost) return void response.destroy();
    respond(response, 200, answerXml(action, requestId, answer));
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    if (lost) return void response.destroy();
    respond(response, error.status, errorXml(requestId, error.code, error.message));
  }
}

const noCapacity = 'Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request';

function isReading(action: string): boolean {
  return /^(Describe|Get)/.test(action);
}

function authenticate(request: IncomingMessage, form: URLSearchParams, accessKeyId: string): void {
  const header = /\bCredential=([^/\s]+)\//.exec(request.headers.authorization ?? '')?.[1];
  const given = header ?? form.get('X-Amz-Credential')?.split('/', 1)[0];
  if (given !== accessKeyId) {
    throw new Ec2Error('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
  }
}

/** Faults that answer with an error before anything is done. */
function refuseFor(met: Met | undefined, action: string, query: Query): void {
  if (met?.kind === 'throttled') throw new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.', 503);
  if (met?.kind === 'fail') throw new Ec2Error('InternalError', 'An internal error has occurred', 500);
  if (met?.kind === 'not-found') throw notFoundFor(action, query);
  if (met?.kind === 'incorrect-state') {
    throw new Ec2Error('IncorrectState', `${action}: the resource is not in a state from which this can be done.`);
  }
  if (met?.kind === 'in-use') {
    const device = query.text('Device') ?? '/dev/sdf';
    throw new Ec2Error(
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
  if (met?.kind === 'capacity' && /^(RunInstances|StartInstances)$/.test(action)) {
    const type = query.text('InstanceType') ?? 'such';
    throw new Ec2Error(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${type} capacity in the Availability Zone you requested.`,
      500,
    );
  }
}

/** As where a replica of AWS doesn't know the thing yet. */
function notFoundFor(action: string, query: Query): Ec2Error {
  if (/Volume/.test(action)) return noVolume(query.list('VolumeId')[0] ?? query.text('VolumeId') ?? 'vol-0');
  if (/Snapshot/.test(action)) return noSnapshot(query.list('SnapshotId')[0] ?? query.text('SnapshotId') ?? 'snap-0');
  if (/Address(es)?$/.test(action) && !/Ipv6/.test(action))
    return noAllocation(query.list('AllocationId')[0] ?? query.text('AllocationId') ?? 'eipalloc-0');
  if (/Ipv6/.test(action)) {
    const id = query.text('NetworkInterfaceId') ?? 'eni-0';
    return new Ec2Error('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  }
  return noInstance(query.list('InstanceId')[0] ?? query.text('InstanceId') ?? 'i-0');
}

function respond(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

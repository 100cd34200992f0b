import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NotSent, Refused, Unknown } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { Send } from '#ports/send.ts';

/** Everything that the toy world holds; read whole. */
export interface ToyState {
  readonly things: { [name: string]: string };
  /** Made once per token. */
  readonly made: { id: string; name: string; key: string; gone: boolean }[];
  /** One more at each request, whatever its key. */
  readonly lines: { id: string; text: string; key: string }[];
  readonly rings: { bell: string; key: string }[];
  readonly brews: { [key: string]: { pot: string; status: 'running' | 'ended' | 'failed' | 'lost' } };
}

/** A change of the world's state, in the order in which it happened. */
export interface ToyEffect {
  readonly action: ToyAction;
  readonly key: string;
  readonly lease: number;
  readonly args: JsonObject;
}

export type ToyAction = 'put' | 'make' | 'unmake' | 'write' | 'strike' | 'ring' | 'brew' | 'pour-away';

/**
 * - `refuse`: no effect, may be retried; `forbid`: no effect, may not.
 * - `drop`: the connection ends before the effect; `reply-lost`: after it.
 * - `hold-before`, `hold-after`: the request waits there until it is released.
 * - `fail`, `lose`: a brew ends so.
 * - `no-effect`: the request is taken and nothing comes of it.
 */
export type ToyFault =
  | 'refuse'
  | 'forbid'
  | 'drop'
  | 'reply-lost'
  | 'hold-before'
  | 'hold-after'
  | 'fail'
  | 'lose'
  | 'no-effect';

interface Fault {
  readonly kind: ToyFault;
  readonly action: ToyAction | undefined;
  readonly about: string | undefined;
  times: number;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/** The half of the world that kinds of change use. Both the world itself and a client over HTTP have it. */
export interface ToyPort {
  read(): Promise<ToyState>;
  /** @throws Refused, Unknown, NotSent as a port's writing half does. */
  act(action: ToyAction, args: JsonObject, send: Send): Promise<JsonObject>;
}

interface Request {
  readonly action: ToyAction;
  readonly args: JsonObject;
  readonly key: string;
  readonly run: string;
  readonly lease: number;
}

type Answer = { ok: JsonObject } | { refused: { code: string; sentence: string; retry: boolean } } | { lost: true };

/** A little world outside with a fence (a lease lower than one it has seen of a run is refused) and faults. */
export class ToyWorld implements ToyPort {
  readonly state: ToyState = { things: {}, made: [], lines: [], rings: [], brews: {} };
  readonly effects: ToyEffect[] = [];
  readonly calls: Request[] = [];
  /** Whether a brew stays `running` until `finishBrews()`. */
  slowBrews = false;
  /** Whether reading fails. */
  dark = false;
  #leases = new Map<string, number>();
  #faults: Fault[] = [];
  #nextId = 1;

  /** Things are as given, `up` by name. */
  constructor(things: Readonly<Record<string, string>> = {}) {
    Object.assign(this.state.things, things);
  }

  /** @param about a part of the request's arguments, as JSON. @returns releases what it holds. */
  fault(kind: ToyFault, options: { action?: ToyAction; about?: string; times?: number } = {}): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { action, about, times = 1 } = options;
    this.#faults.push({ kind, action, about, times, released: promise, release: resolve });
    return resolve;
  }

  finishBrews(status: 'ended' | 'failed' | 'lost' = 'ended'): void {
    for (const brew of Object.values(this.state.brews)) if (brew.status === 'running') brew.status = status;
  }

  async read(): Promise<ToyState> {
    if (this.dark) throw new Unknown('dark', 'the toy world can’t be read');
    return structuredClone(this.state);
  }

  async act(action: ToyAction, args: JsonObject, send: Send): Promise<JsonObject> {
    checkSend(send);
    return answered(await this.serve({ action, args, key: send.key, run: send.run, lease: send.lease }));
  }

  /** What the world does with a request, faults included. */
  async serve(request: Request): Promise<Answer> {
    this.calls.push(request);
    const fault = this.#meet(request);
    if (fault?.kind === 'hold-before') await fault.released;
    const highest = this.#leases.get(request.run) ?? 0;
    if (request.lease < highest) {
      const sentence = `lease ${request.lease} is older than ${highest}`;
      return { refused: { code: 'older-lease', sentence, retry: false } };
    }
    this.#leases.set(request.run, request.lease);
    if (fault?.kind === 'refuse') return { refused: { code: 'throttled', sentence: 'Too many toys.', retry: true } };
    if (fault?.kind === 'forbid') return { refused: { code: 'forbidden', sentence: 'Not this toy.', retry: false } };
    if (fault?.kind === 'drop') return { lost: true };
    const ok = fault?.kind === 'no-effect' ? {} : this.#effect(request, fault?.kind);
    if (fault?.kind === 'hold-after') await fault.released;
    if (fault?.kind === 'reply-lost') return { lost: true };
    return { ok };
  }

  #meet(request: Request): Fault | undefined {
    const fault = this.#faults.find(
      one =>
        one.times > 0 &&
        (one.action === undefined || one.action === request.action) &&
        (one.about === undefined || JSON.stringify(request.args).includes(one.about)),
    );
    if (fault !== undefined) fault.times -= 1;
    return fault;
  }

  #effect({ action, args, key, lease }: Request, fault: ToyFault | undefined): JsonObject {
    const { state } = this;
    const text = (name: string) => String(args[name]);
    const record = () => this.effects.push({ action, key, lease, args });
    switch (action) {
      case 'put':
        if (state.things[text('thing')] !== text('to')) record();
        state.things[text('thing')] = text('to');
        return {};
      case 'make': {
        const known = state.made.find(one => one.key === key);
        if (known !== undefined) return { id: known.id };
        record();
        const id = `m-${this.#nextId++}`;
        state.made.push({ id, name: text('name'), key, gone: false });
        return { id };
      }
      case 'unmake': {
        const one = state.made.find(made => made.id === args.id);
        if (one !== undefined && !one.gone) {
          record();
          one.gone = true;
        }
        return {};
      }
      case 'write': {
        record();
        const id = `l-${this.#nextId++}`;
        state.lines.push({ id, text: text('text'), key });
        return { id };
      }
      case 'strike': {
        const at = state.lines.findIndex(line => line.id === args.id);
        if (at >= 0) {
          record();
          state.lines.splice(at, 1);
        }
        return {};
      }
      case 'ring':
        record();
        state.rings.push({ bell: text('bell'), key });
        return {};
      case 'brew': {
        if (state.brews[key] !== undefined) return {};
        record();
        const status = fault === 'fail' ? 'failed' : fault === 'lose' ? 'lost' : this.slowBrews ? 'running' : 'ended';
        state.brews[key] = { pot: text('pot'), status };
        return {};
      }
      case 'pour-away':
        if (Object.values(state.brews).some(brew => brew.pot === args.pot)) record();
        for (const [brewKey, brew] of Object.entries(state.brews)) {
          if (brew.pot === args.pot) delete state.brews[brewKey];
        }
        return {};
    }
  }
}

/** The world as a server on loopback, so that it outlives whoever acts on it. */
export async function serveToyWorld(world: ToyWorld): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', async () => {
      if (request.url === '/state') {
        response.end(JSON.stringify({ state: world.state, effects: world.effects }));
        return;
      }
      const answer = await world.serve(JSON.parse(Buffer.concat(chunks).toString()) as Request);
      if ('lost' in answer) request.socket.destroy();
      else response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** The world behind `serveToyWorld`, from another process. */
export function toyClient(url: string): ToyPort {
  return {
    async read() {
      const response = await fetch(`${url}/state`);
      return ((await response.json()) as { state: ToyState }).state;
    },
    async act(action, args, send) {
      checkSend(send);
      const body = JSON.stringify({ action, args, key: send.key, run: send.run, lease: send.lease });
      let answer: Answer;
      try {
        const response = await fetch(`${url}/act`, { method: 'POST', body, signal: send.signal });
        answer = (await response.json()) as Answer;
      } catch (error) {
        throw new Unknown('connection', 'the connection to the toy world dropped', { cause: error });
      }
      return answered(answer);
    },
  };
}

function checkSend(send: Send): void {
  if (send.signal.aborted || send.now() > send.sendBy) throw new NotSent();
}

function answered(answer: Answer): JsonObject {
  if ('ok' in answer) return answer.ok;
  if ('lost' in answer) throw new Unknown('connection', 'the connection to the toy world dropped');
  const { code, sentence, retry } = answer.refused;
  throw new Refused(code, sentence, { retry });
}

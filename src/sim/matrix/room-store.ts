import { randomBytes } from 'node:crypto';
import type { Kernel } from '#sim/kernel.ts';
import { notFound } from './matrix-failure.ts';
import { emptyMatrixState, type Fields, fieldsOf, type MatrixEvent, type MatrixState, textOf } from './matrix-state.ts';
import { keptWhenRedacted } from './redacted-content.ts';

export interface NewEvent {
  readonly room: string;
  readonly sender: string;
  readonly type: string;
  readonly stateKey?: string;
  readonly content: Fields;
  readonly redacts?: string;
  readonly transaction?: { readonly device: string; readonly id: string };
}

/** The rooms and their events. It keeps the rules of the data (state, redactions, relations), not those of permissions. */
export class RoomStore {
  readonly state: MatrixState;
  readonly #kernel: Kernel;
  readonly #byId = new Map<string, MatrixEvent>();
  readonly #timelines = new Map<string, MatrixEvent[]>();
  readonly #current = new Map<string, Map<string, MatrixEvent>>();
  readonly #related = new Map<string, MatrixEvent[]>();
  readonly #waiting = new Set<() => void>();

  constructor(kernel: Kernel, serverName: string) {
    this.#kernel = kernel;
    this.state = (kernel.state.matrix as MatrixState | null | undefined) ?? emptyMatrixState(serverName);
    kernel.state.matrix = this.state;
    for (const room of Object.keys(this.state.rooms)) this.#open(room);
    for (const event of this.state.events) this.#index(event);
  }

  get serverName(): string {
    return this.state.serverName;
  }

  addRoom(version: string, key?: string): string {
    const id = `!${randomId(18)}:${this.serverName}`;
    this.state.rooms[id] = key === undefined ? { id, version } : { id, version, key };
    this.#open(id);
    return id;
  }

  /** Adds an event to its room and wakes whoever waits. `action` names the effect. */
  append(fresh: NewEvent, action: string): MatrixEvent {
    const before = fresh.stateKey === undefined ? undefined : this.stateEvent(fresh.room, fresh.type, fresh.stateKey);
    const event: MatrixEvent = {
      event_id: `$${randomId(32)}`,
      room_id: fresh.room,
      sender: fresh.sender,
      type: fresh.type,
      ...(fresh.stateKey === undefined ? {} : { state_key: fresh.stateKey }),
      content: fresh.content,
      origin_server_ts: Date.now(),
      ...(fresh.redacts === undefined ? {} : { redacts: fresh.redacts }),
      position: ++this.state.position,
      ...(before === undefined ? {} : { previous: before.content, replaces: before.event_id }),
      ...(fresh.transaction === undefined ? {} : { transaction: { ...fresh.transaction } }),
    };
    this.state.events.push(event);
    this.#index(event);
    this.#kernel.effect('matrix', action, {
      room: event.room_id,
      event: event.event_id,
      sender: event.sender,
      type: event.type,
      ...(event.state_key === undefined ? {} : { stateKey: event.state_key }),
      ...(event.redacts === undefined ? {} : { redacts: event.redacts }),
      content: event.content,
    });
    this.wake();
    return event;
  }

  /** Strips an event as room version 10 does, and appends the redaction. */
  redact(target: MatrixEvent, by: NewEvent, action: string): MatrixEvent {
    const redaction = this.append({ ...by, redacts: target.event_id }, action);
    const parent = relatesTo(target);
    if (parent !== undefined) {
      const siblings = this.#related.get(parent);
      if (siblings !== undefined) {
        this.#related.set(
          parent,
          siblings.filter(one => one.event_id !== target.event_id),
        );
      }
    }
    target.content = keptWhenRedacted(target.type, target.content);
    target.redactedBy = redaction.event_id;
    this.#kernel.save();
    return redaction;
  }

  /** A position for something that isn't an event (account data), so that a sync brings it once. */
  nextPosition(): number {
    return ++this.state.position;
  }

  find(room: string, event: string): MatrixEvent | undefined {
    const found = this.#byId.get(event);
    return found?.room_id === room ? found : undefined;
  }

  get(room: string, event: string): MatrixEvent {
    const found = this.find(room, event);
    if (found === undefined) throw notFound('Event not found.');
    return found;
  }

  /** A room's events, oldest first. */
  timeline(room: string): readonly MatrixEvent[] {
    return this.#timelines.get(room) ?? [];
  }

  /** The state that stands now. */
  current(room: string): readonly MatrixEvent[] {
    return [...(this.#current.get(room)?.values() ?? [])];
  }

  stateEvent(room: string, type: string, stateKey = ''): MatrixEvent | undefined {
    return this.#current.get(room)?.get(`${type}\0${stateKey}`);
  }

  /** The state as of just before a position. */
  stateBefore(room: string, position: number): readonly MatrixEvent[] {
    const state = new Map<string, MatrixEvent>();
    for (const event of this.timeline(room)) {
      if (event.position >= position) break;
      if (event.state_key !== undefined) state.set(`${event.type}\0${event.state_key}`, event);
    }
    return [...state.values()];
  }

  /** Events that relate to one, oldest first; redacted ones are gone from it. */
  related(event: string): readonly MatrixEvent[] {
    return this.#related.get(event) ?? [];
  }

  membership(room: string, user: string): string | undefined {
    return textOf(this.stateEvent(room, 'm.room.member', user)?.content.membership);
  }

  rooms(): readonly string[] {
    return Object.keys(this.state.rooms);
  }

  /** Resolves at the next change, after `ms`, or when the signal fires. */
  changed(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
      if (signal.aborted) done();
    });
  }

  wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  save(): void {
    this.#kernel.save();
  }

  #open(room: string): void {
    this.#timelines.set(room, []);
    this.#current.set(room, new Map());
  }

  #index(event: MatrixEvent): void {
    this.#byId.set(event.event_id, event);
    this.#timelines.get(event.room_id)?.push(event);
    if (event.state_key !== undefined) {
      this.#current.get(event.room_id)?.set(`${event.type}\0${event.state_key}`, event);
    }
    const parent = relatesTo(event);
    if (parent !== undefined) this.#related.set(parent, [...(this.#related.get(parent) ?? []), event]);
  }
}

/** The event that an event relates to by a relation type; a mere reply has none. */
export function relatesTo(event: MatrixEvent): string | undefined {
  const relation = fieldsOf(event.content['m.relates_to']);
  return relation.rel_type === undefined ? undefined : textOf(relation.event_id);
}

export function relationType(event: MatrixEvent): string | undefined {
  return textOf(fieldsOf(event.content['m.relates_to']).rel_type);
}

export function randomId(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

import { strippedEvent, syncEvent } from './client-event.ts';
import type { Fields, MatrixEvent } from './matrix-state.ts';
import { positionOf } from './read-routes.ts';
import type { RoomStore } from './room-store.ts';
import type { MatrixRequest, Route } from './route.ts';
import { passes, type SyncFilter, syncFilter } from './sync-filter.ts';

/** One client's view between two positions of the stream. */
interface Span {
  readonly store: RoomStore;
  readonly user: string;
  readonly device: string;
  /** undefined: a first sync. */
  readonly since: number | undefined;
  readonly until: number;
  readonly filter: SyncFilter;
  readonly fullState: boolean;
}

/** Answers at once when there is something new (or on a first sync), else waits for it. */
async function sync(request: MatrixRequest): Promise<Fields> {
  const { store, user, device, query, signal } = request;
  const since = positionOf(query.get('since'));
  const filter = syncFilter(store, user, query.get('filter'));
  const fullState = query.get('full_state') === 'true';
  const deadline = Date.now() + Math.max(0, Number(query.get('timeout') ?? 0) || 0);
  for (;;) {
    const span: Span = { store, user, device, since, until: store.state.position, filter, fullState };
    const found = view(span);
    const left = deadline - Date.now();
    if (!found.empty || since === undefined || fullState || left <= 0 || signal.aborted) return found.answer;
    await store.changed(left, signal);
  }
}

function view(span: Span): { readonly answer: Fields; readonly empty: boolean } {
  const rooms: Record<'join' | 'invite' | 'leave', Fields> = { join: {}, invite: {}, leave: {} };
  for (const room of span.store.rooms()) {
    const member = span.store.stateEvent(room, 'm.room.member', span.user);
    if (member === undefined) continue;
    const isNew = member.position > (span.since ?? 0);
    switch (member.content.membership) {
      case 'join': {
        const joined = joinedRoom(span, room, lastJoin(span, room));
        if (joined !== undefined) rooms.join[room] = joined;
        break;
      }
      case 'invite':
        if (isNew) rooms.invite[room] = { invite_state: { events: inviteState(span.store, room) } };
        break;
      default:
        if (isNew && (span.since !== undefined || span.filter.includeLeave)) {
          rooms.leave[room] = leftRoom(span, room, member);
        }
    }
  }
  const accountData = changedData(span, undefined);
  const empty = accountData.length === 0 && Object.values(rooms).every(kind => Object.keys(kind).length === 0);
  return {
    empty,
    answer: {
      next_batch: `s${span.until}`,
      rooms,
      account_data: { events: accountData },
      presence: { events: [] },
      to_device: { events: [] },
      device_lists: { changed: [], left: [] },
      device_one_time_keys_count: {},
    },
  };
}

/** Position at which the user last came in (a changed name isn't coming in). */
function lastJoin(span: Span, room: string): number {
  const came = span.store
    .timeline(room)
    .findLast(
      event =>
        event.type === 'm.room.member' &&
        event.state_key === span.user &&
        event.content.membership === 'join' &&
        event.previous?.membership !== 'join',
    );
  return came?.position ?? 0;
}

function joinedRoom(span: Span, room: string, joinedAt: number): Fields | undefined {
  const { store, device, filter, since } = span;
  // Whoever came in meanwhile gets the room as somebody does who syncs for the first time.
  const from = since !== undefined && joinedAt <= since ? since : 0;
  const fresh = store
    .timeline(room)
    .filter(event => event.position > from && event.position <= span.until && passes(filter.timeline, event, room));
  const limit = Math.max(0, filter.timeline.limit ?? 10);
  const shown = limit === 0 ? [] : fresh.slice(-limit);
  const limited = fresh.length > shown.length;
  const first = shown[0]?.position ?? span.until + 1;
  const state = stateFor(span, room, from, first, limited);
  const data = changedData(span, room);
  if (fresh.length === 0 && data.length === 0 && state.length === 0 && from !== 0 && !span.fullState) return undefined;
  return {
    timeline: {
      events: shown.map(event => syncEvent(store, event, device)),
      limited,
      prev_batch: `t${first}`,
    },
    state: { events: state.map(event => syncEvent(store, event, device)) },
    account_data: { events: data },
    ephemeral: { events: [] },
    summary: { 'm.joined_member_count': joinedCount(store, room) },
    unread_notifications: { notification_count: 0, highlight_count: 0 },
  };
}

/** State as of the timeline's start: all of it for a first sync, else what changed in a gap or was filtered out of the timeline. */
function stateFor(span: Span, room: string, from: number, first: number, limited: boolean): readonly MatrixEvent[] {
  const { store, filter } = span;
  const whole = from === 0 || span.fullState;
  if (!whole && !limited) {
    const hidden = (event: MatrixEvent) => event.position > from && !passes(filter.timeline, event, room);
    return store.current(room).filter(event => hidden(event) && passes(filter.state, event, room));
  }
  return store
    .stateBefore(room, first)
    .filter(event => (whole || event.position > from) && passes(filter.state, event, room));
}

function leftRoom(span: Span, room: string, member: MatrixEvent): Fields {
  const limit = Math.max(0, span.filter.timeline.limit ?? 10);
  const events = span.store
    .timeline(room)
    .filter(
      event =>
        event.position > (span.since ?? 0) &&
        event.position <= member.position &&
        passes(span.filter.timeline, event, room),
    );
  const shown = limit === 0 ? [] : events.slice(-limit);
  return {
    timeline: {
      events: shown.map(event => syncEvent(span.store, event, span.device)),
      limited: events.length > shown.length,
      prev_batch: `t${shown[0]?.position ?? member.position}`,
    },
    state: { events: [] },
    account_data: { events: [] },
  };
}

function inviteState(store: RoomStore, room: string): readonly Fields[] {
  const shown = ['m.room.create', 'm.room.name', 'm.room.canonical_alias', 'm.room.join_rules', 'm.room.member'];
  return store
    .current(room)
    .filter(event => shown.includes(event.type))
    .map(strippedEvent);
}

function joinedCount(store: RoomStore, room: string): number {
  return store.current(room).filter(event => event.type === 'm.room.member' && event.content.membership === 'join')
    .length;
}

/** Account data that changed in the span: the account's own, or a room's. */
function changedData(span: Span, room: string | undefined): readonly Fields[] {
  const all = Object.entries(span.store.state.users[span.user]?.accountData ?? {});
  return all.flatMap(([key, data]) => {
    const parts = key.split('\0');
    const [of, type] = parts.length === 2 ? parts : [undefined, key];
    const wanted = of === room && data.position > (span.since ?? 0);
    const event = { type: type ?? '', sender: span.user };
    return wanted && passes(span.filter.accountData, event, room ?? '')
      ? [{ type: event.type, content: data.content }]
      : [];
  });
}

export const syncRoute: Route = { method: 'GET', paths: ['client/v3/sync'], action: 'sync', handle: sync };

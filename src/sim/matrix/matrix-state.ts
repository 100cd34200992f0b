/** The homeserver's part of the world's state: plain JSON, so that a restart goes on. */
export interface MatrixState {
  version: 1;
  serverName: string;
  /** The last position given in the stream; events and account data each have one. */
  position: number;
  /** By user id. */
  users: Record<string, MatrixUser>;
  /** By access token. */
  tokens: Record<string, { user: string; device: string }>;
  /** By room id. `key` is the name that scripts know the room by. */
  rooms: Record<string, { id: string; key?: string; version: string }>;
  /** Room id by alias. */
  aliases: Record<string, string>;
  /** Every event of every room, by position. */
  events: MatrixEvent[];
  /** Event id by device, room, type and transaction id. */
  transactions: Record<string, string>;
  /** By media id; the content in base64. */
  media: Record<string, { type: string; name: string; data: string }>;
}

export interface MatrixUser {
  password: string;
  /** '' when it has none. */
  displayName: string;
  deactivated: boolean;
  guest: boolean;
  /** By type; a room's by `room id, NUL, type`. */
  accountData: Record<string, { content: Fields; position: number }>;
  /** Saved filters; the id is the index. */
  filters: Fields[];
}

/** A JSON object whose fields somebody else chose. */
export type Fields = Record<string, unknown>;

export interface MatrixEvent {
  event_id: string;
  room_id: string;
  sender: string;
  type: string;
  state_key?: string;
  content: Fields;
  origin_server_ts: number;
  /** Of a redaction: what it redacts. */
  redacts?: string;
  /** Place in the stream; not shown to clients. */
  position: number;
  /** Content of the state event that this one replaced. */
  previous?: Fields;
  /** Its id. */
  replaces?: string;
  /** The id of the redaction that stripped this event. */
  redactedBy?: string;
  /** Who sent it with which transaction id: only that device is shown it. */
  transaction?: { device: string; id: string };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is an object; `{}` when it is anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function emptyMatrixState(serverName: string): MatrixState {
  return {
    version: 1,
    serverName,
    position: 0,
    users: {},
    tokens: {},
    rooms: {},
    aliases: {},
    events: [],
    transactions: {},
    media: {},
  };
}

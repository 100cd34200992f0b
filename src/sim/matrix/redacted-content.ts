import { type Fields, isFields } from './matrix-state.ts';

/** What room version 10 keeps of an event's content when it is redacted, by type; of all other types nothing. */
const kept: Readonly<Record<string, readonly string[]>> = {
  'm.room.member': ['membership', 'join_authorised_via_users_server'],
  'm.room.create': ['creator'],
  'm.room.join_rules': ['join_rule', 'allow'],
  'm.room.power_levels': [
    'ban',
    'events',
    'events_default',
    'kick',
    'redact',
    'state_default',
    'users',
    'users_default',
  ],
  'm.room.history_visibility': ['history_visibility'],
};

export function keptWhenRedacted(type: string, content: Fields): Fields {
  const left: Fields = {};
  if (!isFields(content)) return left;
  for (const key of kept[type] ?? []) if (key in content) left[key] = content[key];
  return left;
}

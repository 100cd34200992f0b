import { keys } from '../keys.ts';

/**
 * Begins every script. `store_us(key)`: store time in µs, which is the server's TIME, and for tests plus the offset in a key.
 * `whole(n)`: a number as text without an exponent. `entry_at(stream, seq)`: fields of an entry by their names, or nil.
 */
export const prelude = `
local function store_us(offset_key)
  local time = redis.call('TIME')
  local offset = offset_key == '${keys.unmoved}' and 0 or tonumber(redis.call('GET', offset_key) or '0')
  return tonumber(time[1]) * 1000000 + tonumber(time[2]) + offset * 1000
end
local function whole(n)
  return string.format('%.0f', n)
end
local function entry_at(stream, seq)
  local id = seq .. '-0'
  local found = redis.call('XRANGE', stream, id, id)[1]
  if not found then return nil end
  local fields = {}
  for i = 1, #found[2], 2 do fields[found[2][i]] = found[2][i + 1] end
  return fields
end
`;

/**
 * Whether an entry may carry the time that its sender stamped it with: not before the entry that it follows, and within
 * 250 ms of store time. Otherwise the script answers `stamp` and the earliest time that it takes, and the sender, who
 * alone can compute the chain's hashes, stamps anew.
 */
export const stampCheck = `
local function stamp_floor(at, previous_at, us)
  local now = math.floor(us / 1000)
  if at >= previous_at and at >= now - 250 and (at <= now + 250 or at == previous_at) then return nil end
  return whole(math.max(now, previous_at))
end
`;

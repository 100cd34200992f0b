import { prelude } from './prelude.ts';

/**
 * Rebuilds one run from the mirror's entries, with all that hangs on it; done twice it is as done once.
 *
 * KEYS: stream, due, causes, numbers, locks, runs, lease number, time offset.
 * ARGV: run, length and last hash that the stream must have now, cause, environment, number of the run, highest lease number
 * seen, time of the first entry, 1 when the run hasn't ended, 1 when the stream is to be written anew, count of targets, the
 * targets, then text, hash and at of each missing entry.
 *
 * Answers [time in µs, `restored` | `changed` (the stream isn't as it was read) | `locked`, run, target].
 */
export const restore = `${prelude}
local us = store_us(KEYS[8])
local time = whole(us)
local run, length = ARGV[1], tonumber(ARGV[2])
if redis.call('XLEN', KEYS[1]) ~= length then return {time, 'changed'} end
local anew = ARGV[10] == '1'
if length > 0 and not anew and entry_at(KEYS[1], length).h ~= ARGV[3] then return {time, 'changed'} end
local live, targets = ARGV[9] == '1', tonumber(ARGV[11])
if live then
  for i = 12, 11 + targets do
    local holder = redis.call('HGET', KEYS[5], ARGV[i])
    if holder and holder ~= run then return {time, 'locked', holder, ARGV[i]} end
  end
end
if anew or length == 0 then
  redis.call('DEL', KEYS[1])
  length = 0
else
  -- A stream remembers ids that were deleted from its end, and takes none of them again.
  redis.call('XSETID', KEYS[1], length .. '-0')
end
for i = 12 + targets, #ARGV, 3 do
  length = length + 1
  redis.call('XADD', KEYS[1], length .. '-0', 'e', ARGV[i], 'h', ARGV[i + 1], 't', ARGV[i + 2], 'a', 'restored')
end
redis.call('HSET', KEYS[3], ARGV[4], run)
if tonumber(redis.call('HGET', KEYS[4], ARGV[5]) or '0') < tonumber(ARGV[6]) then redis.call('HSET', KEYS[4], ARGV[5], ARGV[6]) end
if tonumber(redis.call('GET', KEYS[7]) or '0') < tonumber(ARGV[7]) then redis.call('SET', KEYS[7], ARGV[7]) end
redis.call('ZADD', KEYS[6], ARGV[8], run)
if live then
  for i = 12, 11 + targets do redis.call('HSET', KEYS[5], ARGV[i], run) end
  redis.call('ZADD', KEYS[2], whole(math.floor(us / 1000)), run)
else
  local locks = redis.call('HGETALL', KEYS[5])
  for i = 1, #locks, 2 do
    if locks[i + 1] == run then redis.call('HDEL', KEYS[5], locks[i]) end
  end
  redis.call('ZREM', KEYS[2], run)
end
return {time, 'restored'}
`;

/**
 * Takes a run out that Ferry didn't write. KEYS: stream, due, runs, locks, causes, time offset. ARGV: run.
 * Answers [time in µs].
 */
export const forget = `${prelude}
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
for _, key in ipairs({KEYS[4], KEYS[5]}) do
  local held = redis.call('HGETALL', key)
  for i = 1, #held, 2 do
    if held[i + 1] == ARGV[1] then redis.call('HDEL', key, held[i]) end
  end
end
return {whole(store_us(KEYS[6]))}
`;

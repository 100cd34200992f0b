import { prelude, stampCheck } from './prelude.ts';

/**
 * Makes a run with its first entries and takes its targets' locks. No two runs begin at the same time, so that their order
 * can be told from their entries.
 *
 * KEYS: stream of the new run, due, causes, numbers, locks, runs, time offset.
 * ARGV: run, append id, cause, environment, number (0: only ask for it), at, channel, stream prefix, count of targets, the
 * targets, then text and hash of each entry.
 *
 * Answers [time in µs, outcome, …]: `made`; `exists`, run, 1 when this very call made it; `locked`, run, target;
 * `number`, the next one; `stamp`, earliest at.
 */
export const propose = `${prelude}${stampCheck}
local us = store_us(KEYS[7])
local time = whole(us)
local run, id, cause, environment = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local made = redis.call('HGET', KEYS[3], cause)
if made then
  local first = entry_at(ARGV[8] .. made, 1)
  return {time, 'exists', made, (first and first.a == id) and 1 or 0}
end
local targets = tonumber(ARGV[9])
for i = 10, 9 + targets do
  local holder = redis.call('HGET', KEYS[5], ARGV[i])
  if holder then return {time, 'locked', holder, ARGV[i]} end
end
local number = tonumber(redis.call('HGET', KEYS[4], environment) or '0') + 1
if number ~= tonumber(ARGV[5]) then return {time, 'number', number} end
local newest = redis.call('ZREVRANGE', KEYS[6], 0, 0, 'WITHSCORES')[2]
local floor = stamp_floor(tonumber(ARGV[6]), tonumber(newest or '0') + 1, us)
if floor then return {time, 'stamp', floor} end
local seq = 0
for i = 10 + targets, #ARGV, 2 do
  seq = seq + 1
  redis.call('XADD', KEYS[1], seq .. '-0', 'e', ARGV[i], 'h', ARGV[i + 1], 't', ARGV[6], 'a', id)
end
redis.call('HSET', KEYS[3], cause, run)
redis.call('HSET', KEYS[4], environment, number)
for i = 10, 9 + targets do redis.call('HSET', KEYS[5], ARGV[i], run) end
redis.call('ZADD', KEYS[6], ARGV[6], run)
redis.call('ZADD', KEYS[2], whole(math.floor(us / 1000)), run)
redis.call('PUBLISH', ARGV[7], run)
return {time, 'made'}
`;

import { prelude } from './prelude.ts';

/**
 * Takes a lease that nobody holds. Each taking has a number that is greater than all before.
 *
 * KEYS: lease, lease number, time offset, stream. ARGV: holder (new for each taking), time to live in ms.
 * Answers [time in µs, `taken`, number, length of the stream] (again for the same holder: the client sends again after a
 * lost reply), or [time, `held`].
 */
export const take = `${prelude}
local us = store_us(KEYS[3])
local time = whole(us)
local lease = redis.call('HMGET', KEYS[1], 'holder', 'number', 'until')
local length = redis.call('XLEN', KEYS[4])
if lease[1] == ARGV[1] then return {time, 'taken', lease[2], length} end
if lease[3] and tonumber(lease[3]) * 1000 > us then return {time, 'held'} end
local number = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'number', number, 'until', whole(math.floor(us / 1000) + tonumber(ARGV[2])))
return {time, 'taken', number, length}
`;

/**
 * Prolongs a lease that is still held; one that ran out is lost, even where nobody took it since.
 *
 * KEYS: lease, time offset. ARGV: holder, number, time to live in ms.
 * Answers [time in µs, `held`, until in ms] or [time, `lost`].
 */
export const renew = `${prelude}
local us = store_us(KEYS[2])
local lease = redis.call('HMGET', KEYS[1], 'holder', 'number', 'until')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] or tonumber(lease[3]) * 1000 <= us then return {whole(us), 'lost'} end
local untilMs = whole(math.floor(us / 1000) + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'until', untilMs)
return {whole(us), 'held', untilMs}
`;

/**
 * Lets go of a run's lease if nothing was appended after a seq, and sets when the run is due.
 *
 * KEYS: lease, stream, due, time offset. ARGV: holder, number, seq, due time in ms ('' for never), run.
 * Answers [time in µs, `parked` | `went-on` | `lost`].
 */
export const park = `${prelude}
local time = whole(store_us(KEYS[4]))
local lease = redis.call('HMGET', KEYS[1], 'holder', 'number')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return {time, 'lost'} end
if redis.call('XLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return {time, 'went-on'} end
redis.call('DEL', KEYS[1])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[3], ARGV[5])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5])
end
return {time, 'parked'}
`;

/** Lets go of a lease. KEYS: lease, time offset. ARGV: holder, number. Answers [time in µs]. */
export const release = `${prelude}
local lease = redis.call('HMGET', KEYS[1], 'holder', 'number')
if lease[1] == ARGV[1] and lease[2] == ARGV[2] then redis.call('DEL', KEYS[1]) end
return {whole(store_us(KEYS[2]))}
`;

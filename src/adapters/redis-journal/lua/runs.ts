import { prelude } from './prelude.ts';

/** Store time. KEYS: time offset. Answers [time in µs]. */
export const time = `${prelude}
return {whole(store_us(KEYS[1]))}
`;

/** Runs that are due and whose lease nobody holds. KEYS: due, time offset. ARGV: lease prefix. Answers [time in µs, run, …]. */
export const due = `${prelude}
local us = store_us(KEYS[2])
local reply = {whole(us)}
for _, run in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(math.floor(us / 1000)))) do
  local held = redis.call('HGET', ARGV[1] .. run, 'until')
  if not held or tonumber(held) * 1000 <= us then reply[#reply + 1] = run end
end
return reply
`;

/** Frees what a run locked. KEYS: locks, time offset. ARGV: run. Answers [time in µs]. */
export const unlock = `${prelude}
local locks = redis.call('HGETALL', KEYS[1])
for i = 1, #locks, 2 do
  if locks[i + 1] == ARGV[1] then redis.call('HDEL', KEYS[1], locks[i]) end
end
return {whole(store_us(KEYS[2]))}
`;

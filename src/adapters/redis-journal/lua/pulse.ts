import { prelude } from './prelude.ts';

/**
 * What the store holds of runs that are known elsewhere.
 *
 * KEYS: time offset, runs. ARGV: stream prefix, then each run and a seq.
 * Answers [time in µs, then for each run: length of its stream, 1 when it is among the runs, hash of the entry with that seq].
 */
export const pulse = `${prelude}
local reply = {whole(store_us(KEYS[1]))}
for i = 2, #ARGV, 2 do
  local stream = ARGV[1] .. ARGV[i]
  local entry = entry_at(stream, ARGV[i + 1])
  reply[#reply + 1] = redis.call('XLEN', stream)
  reply[#reply + 1] = redis.call('ZSCORE', KEYS[2], ARGV[i]) and 1 or 0
  reply[#reply + 1] = entry and entry.h or ''
end
return reply
`;

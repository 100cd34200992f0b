import { prelude } from './prelude.ts';

/**
 * Reads a run's entries.
 *
 * KEYS: stream, time offset. ARGV: first seq, last seq ('+' for all).
 * Answers [time in µs, length of the stream, then the text of each entry].
 */
export const read = `${prelude}
local last = ARGV[2]
if last ~= '+' then last = last .. '-0' end
local reply = {whole(store_us(KEYS[2])), redis.call('XLEN', KEYS[1])}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', last)) do
  local fields, text = entry[2], ''
  for i = 1, #fields, 2 do
    if fields[i] == 'e' then text = fields[i + 1] end
  end
  reply[#reply + 1] = text
end
return reply
`;

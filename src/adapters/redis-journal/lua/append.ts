import { prelude, stampCheck } from './prelude.ts';

/**
 * One outage at a time in an environment. Whether a run's outage is on only its folded journal says, so the client judges
 * the others, and the script adds what begins an outage only if each run that holds a lock there is one of those judged,
 * and its journal as long as it was then.
 */
const othersCheck = `
local function others_differ(locks, run, prefix, environment, judged)
  for _, other in ipairs(redis.call('HVALS', locks)) do
    local there = string.sub(other, 1, #environment + 1) == environment .. '-'
    if there and other ~= run and string.find(string.sub(other, #environment + 2), '^[0-9]+$') then
      if redis.call('XLEN', prefix .. other) ~= judged[other] then return true end
    end
  end
  return false
end
`;

/**
 * Adds entries to a run's stream.
 *
 * KEYS: stream, due, lease, time offset, locks.
 * ARGV: run, append id, head seq, head hash, known seq, known hash (what the mirror has seen of the store), at, lease
 * holder ('' for none), lease number, due time in ms ('' for now), channel, stream prefix, environment ('' where no outage
 * begins), count of the other runs that were judged, their ids and lengths, then text and hash of each entry.
 *
 * Answers [time in µs, outcome, …]: `ok`; `conflict`; `lease-lost`; `shorter`, length; `differs`, seq; `others`: judge them
 * again; `stamp`, earliest at. Entries of this very append at that place are `ok`: the client sends again after a lost reply.
 */
export const append = `${prelude}${stampCheck}${othersCheck}
local us = store_us(KEYS[4])
local time = whole(us)
local run, id = ARGV[1], ARGV[2]
local head, known = tonumber(ARGV[3]), tonumber(ARGV[5])
local length = redis.call('XLEN', KEYS[1])
if length < head or length < known then return {time, 'shorter', length} end
local at_head = entry_at(KEYS[1], head)
if not at_head or at_head.h ~= ARGV[4] then return {time, 'differs', head} end
if known > 0 and known ~= head and entry_at(KEYS[1], known).h ~= ARGV[6] then return {time, 'differs', known} end
if length > head then
  if entry_at(KEYS[1], head + 1).a == id then return {time, 'ok'} end
  return {time, 'conflict'}
end
if ARGV[8] ~= '' then
  local lease = redis.call('HMGET', KEYS[3], 'holder', 'number', 'until')
  if lease[1] ~= ARGV[8] or lease[2] ~= ARGV[9] or tonumber(lease[3]) * 1000 <= us then return {time, 'lease-lost'} end
end
local first = 15 + 2 * tonumber(ARGV[14])
if ARGV[13] ~= '' then
  local judged = {}
  for i = 15, first - 1, 2 do judged[ARGV[i]] = tonumber(ARGV[i + 1]) end
  if others_differ(KEYS[5], run, ARGV[12], ARGV[13], judged) then return {time, 'others'} end
end
local floor = stamp_floor(tonumber(ARGV[7]), tonumber(at_head.t), us)
if floor then return {time, 'stamp', floor} end
local seq = head
for i = first, #ARGV, 2 do
  seq = seq + 1
  redis.call('XADD', KEYS[1], seq .. '-0', 'e', ARGV[i], 'h', ARGV[i + 1], 't', ARGV[7], 'a', id)
end
local due = ARGV[10]
if due == '' then due = whole(math.floor(us / 1000)) end
redis.call('ZADD', KEYS[2], due, run)
redis.call('PUBLISH', ARGV[11], run)
return {time, 'ok'}
`;

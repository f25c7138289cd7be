-- claim now room job token lease_ms -> {"held", now, field, value, …} | {"gone"} | {"taken"} | {"wait"}
-- A lease on one job, and its host's turn with it; the host's crawl_delay (ms) is among the fields while its robots.txt is known. Every execution counts as an attempt.
-- A job that waits for a later time ("wait") keeps its place: a message too many must not shorten a publisher's pause.
local now, room, job, token, lease = clock(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local key = key_of(room, job)
taken(room)
local stage, host, held, due = unpack(redis.call('HMGET', key, 'stage', 'host', 'token', 'due'))
if stage ~= room then return {'gone'} end
if held and held ~= '' then
  if tonumber(due) > now then return {'taken'} end
elseif tonumber(due) == 0 or tonumber(due) > now then
  return {'wait'}
end
local ends = now + lease
if needs_host(room) then
  local busy = turn_until(host)
  if busy > now and not holds_turn(host, held or '') then
    stand(room, host, job, busy)
    redis.call('ZADD', 'nd:hosts', busy, host)
    return {'wait'}
  end
  set_turn(host, now, ends, token)
  redis.call('ZADD', 'nd:hosts', ends, host)
end
stand(room, host, job, ends)
if held and held ~= '' then end_lease(key, room, now, 'lease-ran-out', held) end
begin(key, room, job, token, now, ends)
local fields = redis.call('HGETALL', key)
local delay = needs_host(room) and redis.call('GET', 'nd:delay:' .. host)
if delay then
  table.insert(fields, 'crawl_delay')
  table.insert(fields, delay)
end
table.insert(fields, 1, now)
table.insert(fields, 1, 'held')
return fields

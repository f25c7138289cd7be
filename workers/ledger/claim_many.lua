-- claim_many now room limit token lease_ms -> {now, {job, field, value, …}, …}
-- Leases on all that is due in a room that needs no host, oldest first, under one token.
local now, room, token, ends = clock(ARGV[1]), ARGV[2], ARGV[4], 0
ends = now + tonumber(ARGV[5])
taken(room)
local out = {now}
for _, job in ipairs(redis.call('ZRANGEBYSCORE', 'nd:due:' .. room, '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local key = key_of(room, job)
  local stage, held = unpack(redis.call('HMGET', key, 'stage', 'token'))
  if stage ~= room then
    redis.call('ZREM', 'nd:due:' .. room, job)
  else
    if held and held ~= '' then end_lease(key, room, now, 'lease-ran-out', held) end
    redis.call('ZADD', 'nd:due:' .. room, ends, job)
    begin(key, room, job, token, now, ends)
    local fields = redis.call('HGETALL', key)
    table.insert(fields, 1, job)
    table.insert(out, fields)
  end
end
return out

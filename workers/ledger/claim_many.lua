-- claim_many now room limit token lease_ms -> {{job, field, value, …}, …}
-- Leases on all that is due in a room that needs no host, oldest first, under one token.
local now, room, token, ends = clock(ARGV[1]), ARGV[2], ARGV[4], 0
ends = now + tonumber(ARGV[5])
taken(room)
local out = {}
for _, job in ipairs(redis.call('ZRANGEBYSCORE', 'nd:due:' .. room, '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local key = key_of(room, job)
  if redis.call('HGET', key, 'stage') ~= room then
    redis.call('ZREM', 'nd:due:' .. room, job)
  else
    redis.call('ZADD', 'nd:due:' .. room, ends, job)
    redis.call('HSET', key, 'token', token, 'due', ends)
    redis.call('HINCRBY', key, 'attempts', 1)
    redis.call('SADD', 'nd:held', room .. ' ' .. job)
    local fields = redis.call('HGETALL', key)
    table.insert(fields, 1, job)
    table.insert(out, fields)
  end
end
return out

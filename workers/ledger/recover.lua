-- recover now -> how many leases were ended. For a start after a crash, when no worker of the last run can be alive:
-- what was in flight is due at once and keeps the attempt it was given; no host is held by the dead.
local now, ended = clock(ARGV[1]), 0
for _, held in ipairs(redis.call('SMEMBERS', 'nd:held')) do
  local room, job = string.match(held, '^(%S+) (.*)$')
  local key = key_of(room, job)
  local stage, host, token = unpack(redis.call('HMGET', key, 'stage', 'host', 'token'))
  if stage == room and token and token ~= '' then
    end_lease(key, room, now, 'worker-gone', token)
    redis.call('HSET', key, 'token', '', 'due', now)
    if host and holds_turn(host, token) then redis.call('DEL', 'nd:turn:' .. host) end
    stand(room, host, job, now)
    ended = ended + 1
  end
  redis.call('SREM', 'nd:held', held)
end
-- Messages of the last run are forgotten with their queue: what was sent and not claimed is due when it was.
local function unsend(room, line)
  for _, job in ipairs(redis.call('ZRANGEBYSCORE', line, now, '+inf')) do
    redis.call('ZADD', line, 'LT', tonumber(redis.call('HGET', key_of(room, job), 'due')) or now, job)
  end
end
for _, room in ipairs({'poll', 'fetch', 'extract', 'index'}) do taken(room) end
unsend('read', 'nd:due:read')
unsend('extract', 'nd:due:extract')
unsend('index', 'nd:due:index')
for _, host in ipairs(redis.call('ZRANGE', 'nd:hosts', 0, -1)) do
  unsend('poll', 'nd:line:poll:' .. host)
  unsend('fetch', 'nd:line:fetch:' .. host)
  redis.call('ZADD', 'nd:hosts', 'LT', now, host)
end
return ended

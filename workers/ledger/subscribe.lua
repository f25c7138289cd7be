-- subscribe now {name host feed}… : these are the feeds, and no others.
-- A new feed is due at once; one that moved to another address is asked there at once and forgets its validators;
-- one no longer listed leaves the line (what it announced goes on), and may come back.
local now, wanted = clock(ARGV[1]), {}

local function forget_lease(name)
  redis.call('HSET', 'nd:feed:' .. name, 'token', '')
  redis.call('SREM', 'nd:held', 'poll ' .. name)
  redis.call('SREM', 'nd:failing:poll', name)
end

for i = 2, #ARGV, 3 do
  local name, host, feed = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  wanted[name] = true
  local key = 'nd:feed:' .. name
  local stage, old_host, old_feed = unpack(redis.call('HMGET', key, 'stage', 'host', 'feed'))
  local moved = old_feed and cjson.decode(old_feed).url ~= cjson.decode(feed).url
  if moved then redis.call('HDEL', key, 'memory') end
  if stage ~= 'poll' then
    redis.call('HSET', key, 'stage', 'poll', 'host', host, 'feed', feed, 'attempts', 0, 'token', '', 'due', now)
    redis.call('SADD', 'nd:feeds', name)
    stand('poll', host, name, now)
    count('waiting:poll', 1)
  elseif old_feed ~= feed then
    redis.call('HSET', key, 'feed', feed, 'host', host)
    if moved then
      leave('poll', old_host, name)
      forget_lease(name)
      redis.call('HSET', key, 'due', now)
      stand('poll', host, name, now)
    end
  end
end
for _, name in ipairs(redis.call('SMEMBERS', 'nd:feeds')) do
  if not wanted[name] then
    local key = 'nd:feed:' .. name
    leave('poll', redis.call('HGET', key, 'host') or '', name)
    forget_lease(name)
    redis.call('HSET', key, 'stage', 'off')
    redis.call('SREM', 'nd:feeds', name)
    count('waiting:poll', -1)
  end
end
return redis.call('SCARD', 'nd:feeds')

-- subscribe now {name host feed}… : these are the feeds, and no others.
-- A new feed is due at once, many one after the other; one that moved to another address is asked there at once and
-- forgets what it knew of the old one; one no longer listed leaves the line (what it announced goes on), and may come back.
local now, wanted, added = clock(ARGV[1]), {}, 0

local function forget_lease(name)
  redis.call('HSET', 'nd:feed:' .. name, 'token', '')
  redis.call('SREM', 'nd:held', 'poll ' .. name, 'read ' .. name)
  redis.call('SREM', 'nd:failing:poll', name)
  if redis.call('HGET', 'nd:feed:' .. name, 'stage') == 'read' then is_read(name) end
end

for i = 2, #ARGV, 3 do
  local name, host, feed = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  wanted[name] = true
  local key = 'nd:feed:' .. name
  local stage, old_host, old_feed = unpack(redis.call('HMGET', key, 'stage', 'host', 'feed'))
  local moved = old_feed and cjson.decode(old_feed).url ~= cjson.decode(feed).url
  if moved then
    redis.call('HDEL', key, 'memory', 'again')
    redis.call('DEL', 'nd:marks:' .. name)
  end
  if stage ~= 'poll' and stage ~= 'read' then
    local due = now + math.floor(added * 1000 / FEEDS_A_SECOND)
    redis.call('HSET', key, 'stage', 'poll', 'host', host, 'feed', feed, 'attempts', 0, 'token', '', 'due', due)
    redis.call('SADD', 'nd:feeds', name)
    stand('poll', host, name, due)
    count('waiting:poll', 1)
    added = added + 1
  elseif old_feed ~= feed then
    redis.call('HSET', key, 'feed', feed)
    if moved then
      leave('poll', old_host, name)
      forget_lease(name)
      redis.call('HSET', key, 'stage', 'poll', 'host', host, 'due', now)
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

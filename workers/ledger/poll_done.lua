-- poll_done now name token next_due rest_ms outcome memory {id host url entry}… -> {new id, …} | false (lease lost)
-- What a poll found, in one step: the new entries stand in line to be fetched and the feed is remembered,
-- or neither. An entry announced before, by any feed, is left as it is.
local now, name, token, next_due, rest = clock(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local key = 'nd:feed:' .. name
local held, host, stage = unpack(redis.call('HMGET', key, 'token', 'host', 'stage'))
if held ~= token then return false end

local new = {}
for i = 8, #ARGV, 4 do
  local id, at, url, entry = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local article = 'nd:article:' .. id
  if redis.call('EXISTS', article) == 0 then
    redis.call('HSET', article, 'stage', 'fetch', 'host', at, 'url', url, 'feed', name, 'entry', entry,
      'announced', now, 'attempts', 0, 'token', '', 'due', now)
    note(article, now, 'poll', 'announced', name)
    stand('fetch', at, id, now)
    count('waiting:fetch', 1)
    table.insert(new, id)
  end
end
count('poll:' .. ARGV[6], 1)
if ARGV[6] == 'failed' then
  redis.call('SADD', 'nd:failing:poll', name)
elseif ARGV[6] ~= 'waiting' then
  redis.call('SREM', 'nd:failing:poll', name)
end
count('poll:announced', #new)
redis.call('SREM', 'nd:held', 'poll ' .. name)
if holds_turn(host, token) then set_turn(host, now, now + rest, 'rest') end
redis.call('ZADD', 'nd:hosts', now + rest, host)
redis.call('HSET', key, 'memory', ARGV[7], 'token', '', 'attempts', 0, 'due', next_due)
redis.call('HINCRBY', key, 'announced', #new)
if next_due > 0 then
  stand('poll', host, name, next_due)
else
  leave('poll', host, name)
end
return new

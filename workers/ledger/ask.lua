-- ask now name -> "now" (it is due) | "again" (it is just being asked or read, and then once more) | "off" (no such feed)
-- An operator wants to know: the feed is asked at its host's next turn, also one that is gone.
local now, name = clock(ARGV[1]), ARGV[2]
local key = 'nd:feed:' .. name
local stage, token, host = unpack(redis.call('HMGET', key, 'stage', 'token', 'host'))
if stage ~= 'poll' and stage ~= 'read' then return 'off' end
if stage == 'read' or token ~= '' then
  redis.call('HSET', key, 'again', 1)
  return 'again'
end
redis.call('HSET', key, 'due', now)
stand('poll', host, name, now)
return 'now'

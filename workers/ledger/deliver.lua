-- deliver now name document -> "read" (it waits to be read) | "again" (the feed is asked again soon) | "off" (no such feed)
-- What a hub pushed. A feed that is just being asked or read is asked once more instead: its own document has it too.
local now, name = clock(ARGV[1]), ARGV[2]
local key = 'nd:feed:' .. name
local stage, token = unpack(redis.call('HMGET', key, 'stage', 'token'))
if stage ~= 'poll' and stage ~= 'read' then return 'off' end
if stage == 'read' or (token and token ~= '') then
  redis.call('HSET', key, 'again', 1)
  return 'again'
end
to_be_read(name, now, ARGV[3])
return 'read'

-- hold now poll fetch -> {poll, fetch} as they were.   What stands still on purpose, in words; "" goes on.
-- The first write only deletes: a Redis that is full refuses a script whose first write could need room.
local before = redis.call('HMGET', 'nd:hold', 'poll', 'fetch')
redis.call('DEL', 'nd:hold')
if ARGV[2] ~= '' then redis.call('HSET', 'nd:hold', 'poll', ARGV[2]) end
if ARGV[3] ~= '' then redis.call('HSET', 'nd:hold', 'fetch', ARGV[3]) end
return {before[1] or '', before[2] or ''}

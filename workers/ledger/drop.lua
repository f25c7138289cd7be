-- drop now job -> 1 | 0 (not among the dead letters)
-- Forget a dead letter for good; its address stays known, so that it is not fetched again.
local now, job = clock(ARGV[1]), ARGV[2]
local key = key_of('fetch', job)
if redis.call('HGET', key, 'stage') ~= 'dead' then return 0 end
redis.call('ZREM', 'nd:dead', job)
redis.call('DEL', 'nd:body:' .. job)
redis.call('HSET', key, 'stage', 'dropped')
note(key, now, redis.call('HGET', key, 'from'), 'dropped', 'by the operator')
count('waiting:dead', -1)
count_feed(key, 'dead', -1)
count_feed(key, 'dropped', 1)
return 1

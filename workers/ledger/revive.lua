-- revive now job -> the room it goes back to | false (not among the dead letters)
-- An operator's second chance: from the dead letters to the room it died in, or to fetch when its page is gone.
local now, job = clock(ARGV[1]), ARGV[2]
local key = 'nd:article:' .. job
local stage, from, host = unpack(redis.call('HMGET', key, 'stage', 'from', 'host'))
if stage ~= 'dead' then return false end
if redis.call('EXISTS', 'nd:body:' .. job) == 0 then from = 'fetch' end
redis.call('PERSIST', 'nd:body:' .. job)
redis.call('HDEL', key, 'hops')
redis.call('ZREM', 'nd:dead', job)
redis.call('HSET', key, 'stage', from, 'attempts', 0, 'token', '', 'due', now)
note(key, now, from, 'retried', 'by the operator')
count('waiting:dead', -1)
count_feed(key, 'dead', -1)
count('waiting:' .. from, 1)
stand(from, host, job, now)
return from

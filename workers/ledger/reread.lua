-- reread now job from to outcome detail body host url field value … -> 1 | 0 (it is not in `from`: nothing was changed)
-- What reading an archived page again means for an article whose journey had ended (from: done or dead).
-- To done or dead it ends so; to index it goes on there with `body`.
local now, job, from, to, outcome, detail = clock(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local key = key_of('fetch', job)
local left = from == 'done' and finished(job)
if left then reopen(key, job, left, ARGV[9]) end
if redis.call('HGET', key, 'stage') ~= from then return 0 end

note(key, now, 'extract', outcome, detail)
for i = 10, #ARGV - 1, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
if from == to and to == 'done' then
  finish(key, job, outcome)
  return 1
end
redis.call('HSET', key, 'stage', to, 'token', '', 'attempts', 0, 'due', 0, 'reason', outcome, 'detail', string.sub(detail, 1, 1000))
if ARGV[8] ~= '' then redis.call('HSET', key, 'host', ARGV[8]) end
if from ~= to then
  count('waiting:' .. from, -1)
  count('waiting:' .. to, 1)
  if from == 'dead' then
    redis.call('ZREM', 'nd:dead', job)
    redis.call('DEL', 'nd:body:' .. job)
    count_feed(key, 'dead', -1)
  else
    count_feed(key, 'indexed', -1)
  end
end

if to == 'dead' then
  redis.call('ZADD', 'nd:dead', now, job)
  if from ~= 'dead' then count_feed(key, 'dead', 1) end
  redis.call('HSET', key, 'from', 'extract')
elseif to == 'done' then
  count_feed(key, 'indexed', 1)
  redis.call('HSET', key, 'last', now)
  finish(key, job, outcome)
else
  redis.call('SET', 'nd:body:' .. job, ARGV[7])
  redis.call('HSET', key, 'due', now)
  stand(to, '', job, now)
end
return 1

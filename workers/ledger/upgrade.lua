-- upgrade now id … -> how many were put on the shelf.   An earlier build kept a finished article whole, log and all,
-- and its document did not tell its journey: it is finished as they are now, and its log stays here.
local done = 0
for i = 2, #ARGV do
  local key = key_of('fetch', ARGV[i])
  local stage, announced, last = unpack(redis.call('HMGET', key, 'stage', 'announced', 'last'))
  if stage == 'done' then
    if not last then redis.call('HSET', key, 'last', announced) end
    finish(key, ARGV[i], 'indexed', true)
    done = done + 1
  end
end
return done

-- settle now room job token to delay_ms rest_ms outcome detail attempts body host queue_limit resend_ms seconds words field value …
--   -> "sent" (put a message in the queue of `to`) | "waits" | "lost" (the lease is another's: nothing was changed)
-- The one way a claimed article moves: on, again, or to the dead letters. attempts: reset, keep or forgive.
-- body: "=" keeps it, "" drops it, anything else replaces it. rest_ms: how long the host is left alone.
local now, room, job, token, to = clock(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local delay, rest, outcome, detail, attempts, body = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local key = key_of(room, job)
local held, host, began = unpack(redis.call('HMGET', key, 'token', 'host', 'began'))
if held ~= token then return 'lost' end

leave(room, host, job)
redis.call('SREM', 'nd:held', room .. ' ' .. job)
if needs_host(room) then rest_turn(host, now, rest, token, room) end
if ARGV[15] ~= '0' then spent(room, ARGV[15]) end
local again, later, entry = unpack(redis.call('HMGET', key, 'again', 'later', 'entry'))
if to == 'dead' and again then
  -- What is in the index stays there as it was read before.
  to, body, detail = 'done', '', (detail == '' and '' or detail .. '; ') .. 'it stays as it was read before'
end
note(key, now, room, outcome, detail, string.format('%d', now - tonumber(began or now)), worker_of(token))
count(room .. ':' .. outcome, 1)
if (room == 'extract' and to ~= room) or outcome == 'duplicate' then
  -- What the pages of each site give, by day (see yields.py); a duplicate was counted as an article before.
  local day = 'nd:yield:' .. math.floor(now / DAY_MS)
  redis.call('HINCRBY', day, host .. ' ' .. outcome, 1)
  if outcome == 'duplicate' then redis.call('HINCRBY', day, host .. ' extracted', -1) end
  if ARGV[16] ~= '0' then redis.call('HINCRBY', day, host .. ' #words', ARGV[16]) end
  redis.call('PEXPIRE', day, KEEP_YIELD_DAYS * DAY_MS)
end

if body == '' then redis.call('DEL', 'nd:body:' .. job)
elseif body ~= '=' then redis.call('SET', 'nd:body:' .. job, body) end
if ARGV[12] ~= '' then host = ARGV[12] end
redis.call('HSET', key, 'stage', to, 'host', host, 'token', '', 'reason', outcome, 'detail', string.sub(detail, 1, 1000))
if attempts == 'reset' then redis.call('HSET', key, 'attempts', 0)
elseif attempts == 'forgive' then redis.call('HINCRBY', key, 'attempts', -1) end
for i = 17, #ARGV - 1, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
if to ~= room then count('waiting:' .. room, -1) count('waiting:' .. to, 1) end
redis.call(attempts == 'keep' and to == room and 'SADD' or 'SREM', 'nd:failing:' .. room, job)

if to == 'dead' then
  redis.call('ZADD', 'nd:dead', now, job)
  redis.call('PEXPIRE', 'nd:body:' .. job, KEEP_BODY_MS)
  count_feed(key, 'dead', 1)
  redis.call('HSET', key, 'from', room, 'due', 0, 'last', now)
  if later then
    redis.call('HDEL', key, 'later')
    read_again(key, job, now, later, entry, redis.call('HGET', key, 'feed'))
  end
  return 'waits'
elseif to == 'done' then
  count_feed(key, 'indexed', 1)
  redis.call('HSET', key, 'last', now)
  redis.call('HDEL', key, 'again', 'later', 'at', 'hops')
  redis.call('HSET', 'nd:counts', 'last_indexed', now)
  if not (later and read_again(key, job, now, later, entry, redis.call('HGET', key, 'feed'))) then
    finish(key, job, outcome)
  end
  return 'waits'
end
redis.call('HSET', key, 'due', now + delay)
if delay == 0 and to == 'extract' and redis.call('LLEN', to) < tonumber(ARGV[13]) then
  stand(to, host, job, now + tonumber(ARGV[14]))
  told(to, now)
  return 'sent'
end
stand(to, host, job, now + delay)
return 'waits'

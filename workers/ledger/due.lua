-- due now limit queue_limit resend_ms high_water batches -> {room, job, room, job, …}
-- What may run now and should be sent. One job a host (two where a feed was not taken), none while the host is busy or rests;
-- a feed first, and then by turns. A job sent and not claimed within resend_ms is sent again.
-- Above high_water pages on their way nothing more is fetched, and nothing that is held on purpose (see hold).
local now, limit, queue_limit, resend = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local on_the_way = tonumber(redis.call('HGET', 'nd:counts', 'waiting:extract') or 0)
  + tonumber(redis.call('HGET', 'nd:counts', 'waiting:index') or 0)
local paused = on_the_way >= tonumber(ARGV[5])
redis.call('HDEL', 'nd:counts', 'paused')  -- first, because a full Redis refuses a script whose first write needs room
if paused then redis.call('HSET', 'nd:counts', 'paused', 1) end
local hold = redis.call('HMGET', 'nd:hold', 'poll', 'fetch')
local poll_held, fetch_held = hold[1], hold[2] or paused
local out = {}
local room_left = {}
for _, room in ipairs({'poll', 'fetch', 'extract'}) do
  room_left[room] = queue_limit - redis.call('LLEN', room)
end

local function first(room, host, upto)
  local line = redis.call('ZRANGE', 'nd:line:' .. room .. ':' .. host, 0, 0, 'WITHSCORES')
  if #line == 0 then return nil, nil end
  return line[1], tonumber(line[2])
end

local function sent_before(room, job, due)
  return due > tonumber(redis.call('HGET', key_of(room, job), 'due') or 0)
end

local function send(room, job)
  table.insert(out, room)
  table.insert(out, job)
  room_left[queue_of(room)] = room_left[queue_of(room)] - 1
  told(room, now)
end

for _, host in ipairs(redis.call('ZRANGEBYSCORE', 'nd:hosts', '-inf', now, 'LIMIT', 0, limit)) do
  local busy = turn_until(host)
  if busy > now then
    redis.call('ZADD', 'nd:hosts', busy, host)
  else
    local feed, feed_due = first('poll', host)
    local article, article_due = first('fetch', host)
    local feed_may = feed and feed_due <= now and room_left.poll > 0 and not poll_held
    local article_may = article and article_due <= now and room_left.fetch > 0 and not fetch_held
    -- What was sent before and not taken is no reason to hold up the other room: both go, and the first one taken has the turn.
    local again = feed_may and sent_before('poll', feed, feed_due)
    local article_first = article_may and feed_may and served_last(host) == 'poll'
    if article_first and not sent_before('fetch', article, article_due) then feed_may = false end
    if feed_may or article_may then redis.call('ZADD', 'nd:hosts', now + resend, host) end
    if feed_may then
      stand('poll', host, feed, now + resend)
      send('poll', feed)
    end
    if article_may and (again or article_first or not feed_may) then
      stand('fetch', host, article, now + resend)
      send('fetch', article)
    end
    if feed_may or article_may then
      -- sent: looked at again when it is settled, or when its message must be lost
    elseif feed or article then
      redis.call('ZADD', 'nd:hosts', math.max(now + 1000, math.min(feed_due or math.huge, article_due or math.huge)), host)
    else
      redis.call('ZREM', 'nd:hosts', host)
    end
  end
end

for _, room in ipairs({'read', 'extract'}) do
  local line = 'nd:due:' .. room
  for _, job in ipairs(redis.call('ZRANGEBYSCORE', line, '-inf', now, 'LIMIT', 0, math.max(0, math.min(limit, room_left.extract)))) do
    redis.call('ZADD', line, now + resend, job)
    send(room, job)
  end
end
if ARGV[6] == '1' and redis.call('ZCOUNT', 'nd:due:index', '-inf', now) > 0 and redis.call('LLEN', 'index') == 0 then
  table.insert(out, 'index')
  table.insert(out, '')
  told('index', now)
end
return out

-- turned_back now by -> how many jobs were moved.   The clock went back by so many ms: what was due then, or soon after,
-- would wait as long as the clock went back. All that is due in the future is due as much earlier, now at the earliest.
-- What was begun since the clock went back cannot be told from it: a lease may end early by this, which costs an attempt.
local now, by, moved = clock(ARGV[1]), tonumber(ARGV[2]), 0

local function earlier(due)
  return math.max(now, tonumber(due) - by)
end

local function shift(line, room)
  local jobs = redis.call('ZRANGEBYSCORE', line, '(' .. now, '+inf', 'WITHSCORES')
  for i = 1, #jobs, 2 do
    redis.call('ZADD', line, earlier(jobs[i + 1]), jobs[i])
    moved = moved + (room and 1 or 0)
    local due = room and tonumber(redis.call('HGET', key_of(room, jobs[i]), 'due'))
    if due and due > now then redis.call('HSET', key_of(room, jobs[i]), 'due', earlier(due)) end
  end
end

shift('nd:due:read', 'read')
shift('nd:due:extract', 'extract')
shift('nd:due:index', 'index')
for _, host in ipairs(redis.call('ZRANGE', 'nd:hosts', 0, -1)) do
  shift('nd:line:poll:' .. host, 'poll')
  shift('nd:line:fetch:' .. host, 'fetch')
  local busy = turn_until(host)
  if busy > now then
    set_turn(host, now, earlier(busy), string.match(redis.call('GET', 'nd:turn:' .. host), '^%d+ (.*)$'))
  end
end
shift('nd:hosts')
for _, room in ipairs({'poll', 'fetch', 'extract', 'index'}) do taken(room) end
return moved

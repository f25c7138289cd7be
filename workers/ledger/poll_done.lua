-- poll_done now room name token host next_due rest_ms seconds outcome memory record marks {id host url entry said}… -> {new id, …} | false (lease lost)
-- What a poll found, in one step: the new entries stand in line to be fetched and the feed is remembered,
-- or neither. An entry announced before is left as it is, unless the feed that announced it says it otherwise (said: a
-- digest of headline and dates): then its page is read again. record: "" when nothing was asked. marks: "=" keeps them.
-- From poll nothing had to be read; from read its document was. The feed stands in the line of the host it asks next.
local now, room, name, token = clock(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local next_host, next_due, rest = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local outcome, record, marks = ARGV[9], ARGV[11], ARGV[12]
local key = 'nd:feed:' .. name
local held, host, again = unpack(redis.call('HMGET', key, 'token', 'host', 'again'))
if held ~= token then return false end
if next_host == '' then next_host = host end

local new = {}
for i = 13, #ARGV, 5 do
  local id, at, url, entry, said = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local article = 'nd:article:' .. id
  local known, before, stage = unpack(redis.call('HMGET', article, 'feed', 'said', 'stage'))
  local left = not known and finished(id)
  if left then
    if left.feed == name and said ~= '' and left.said ~= said then
      local had = left.said ~= ''
      reopen(article, id, left, url)
      redis.call('HSET', article, 'said', said)
      if not (had and read_again(article, id, now, at, entry, name)) then finish(article, id, left.outcome) end
    end
  elseif not known then
    redis.call('HSET', article, 'stage', 'fetch', 'host', at, 'url', url, 'feed', name, 'entry', entry,
      'announced', now, 'attempts', 0, 'token', '', 'due', now, 'said', said)
    note(article, now, 'poll', 'announced', name, '-', worker_of(token))
    stand('fetch', at, id, now)
    count('waiting:fetch', 1)
    table.insert(new, id)
  elseif known == name and said ~= '' and before ~= said then
    redis.call('HSET', article, 'said', said)
    before = before and before ~= ''
    if before and (stage == 'done' or stage == 'dead') then
      read_again(article, id, now, at, entry, name)
    elseif before and stage ~= 'dropped' then
      redis.call('HSET', article, 'entry', entry, 'later', at)  -- its page may have been fetched before the change
    end
  end
end
count('poll:' .. outcome, 1)
if outcome == 'failed' then
  redis.call('SADD', 'nd:failing:poll', name)
elseif outcome ~= 'waiting' then
  redis.call('SREM', 'nd:failing:poll', name)
end
if record ~= '' then
  redis.call('LPUSH', 'nd:polls:' .. name, #new .. ' ' .. record)
  redis.call('LTRIM', 'nd:polls:' .. name, 0, POLLS - 1)
end
if marks == '' then redis.call('DEL', 'nd:marks:' .. name)
elseif marks ~= '=' then redis.call('SET', 'nd:marks:' .. name, marks) end
spent('poll', ARGV[8])
if #new > 0 then
  count('poll:announced', #new)
  redis.call('HINCRBY', key, 'announced', #new)
end
redis.call('SREM', 'nd:held', room .. ' ' .. name)
if room == 'poll' then rest_turn(host, now, rest, token, 'poll') else is_read(name) end
leave('poll', host, name)
if again and next_due > 0 then
  redis.call('HDEL', key, 'again')
  next_due = now
end
redis.call('HSET', key, 'stage', 'poll', 'host', next_host, 'memory', ARGV[10], 'token', '', 'attempts', 0, 'due', next_due)
if next_due > 0 then stand('poll', next_host, name, next_due) end
return new

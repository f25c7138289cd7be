-- Who waits where. Prepended to every script of the ledger; nothing here runs by itself.
--
--   nd:feed:<name>, nd:article:<id>   hash: stage host token due attempts reason detail log …
--   nd:done:<start of id>             hash id -> what is left of an article whose journey is over (see finish)
--   nd:line:<poll|fetch>:<host>       zset job -> due (ms): jobs that need this host's turn
--   nd:hosts                          zset host -> when something may next be sent for it
--   nd:turn:<host>                    "<until ms> <token>": busy, or resting between two requests
--   nd:delay:<host>                   ms that robots.txt asks for between two requests; there while it is known
--   nd:due:<read|extract|index>       zset job -> due: jobs that need no host
--   nd:held                           set "<room> <job>": leases that are out
--   nd:body:<id>                      page or article on its way, compressed
--   nd:document:<name>                a feed's document on its way to be read, compressed
--   nd:polls:<name>                   list "<new> <record>": the latest polls, newest first
--   nd:marks:<name>                   marks of the entries its last document listed
--   nd:dead                           zset id -> when        nd:counts   hash of totals
--   nd:yield:<day>                    hash "<host> <outcome>" -> pages, "<host> #words" -> words
--   nd:failing:<room>                 set: jobs that wait for another attempt
--   nd:hold                           hash poll, fetch -> why it stands still on purpose, in words
--   nd:trouble:archive                why no page could be kept a moment ago
local KEEP_TURN_MS = 3600000      -- a forgotten turn does not outlive this
local LOG_LINES = 24
local POLLS = 30                  -- kept of a feed
local FEEDS_A_SECOND = 20         -- so many at most become due together: new ones, and those overdue after a downtime
local DAY_MS, KEEP_YIELD_DAYS = 86400000, 9
local KEEP_BODY_MS = 604800000    -- a dead letter's page is kept a week for a look; retried later, it is fetched again

local function key_of(room, job)
  return ((room == 'poll' or room == 'read') and 'nd:feed:' or 'nd:article:') .. job
end

local function needs_host(room)
  return room == 'poll' or room == 'fetch'
end

local function queue_of(room)
  -- A feed's document is read where pages are understood: in children that may be killed.
  return room == 'read' and 'extract' or room
end

local function turn_until(host)
  local turn = redis.call('GET', 'nd:turn:' .. host)
  return turn and tonumber(string.match(turn, '^(%d+)')) or 0
end

local function set_turn(host, now, until_ms, token)
  if until_ms <= now then
    redis.call('DEL', 'nd:turn:' .. host)
  else
    redis.call('SET', 'nd:turn:' .. host, string.format('%d %s', until_ms, token), 'PX', until_ms - now + KEEP_TURN_MS)
  end
end

local function holds_turn(host, token)
  local turn = redis.call('GET', 'nd:turn:' .. host)
  return turn and string.match(turn, '^%d+ (.*)$') == token
end

local function rest_turn(host, now, rest, token, room)
  -- The turn is over. A rest remembers the room it follows, so that feeds and articles of one host alternate.
  if holds_turn(host, token) then set_turn(host, now, now + rest, 'rest-' .. room) end
  redis.call('ZADD', 'nd:hosts', now + rest, host)
end

local function served_last(host)
  local turn = redis.call('GET', 'nd:turn:' .. host)
  return turn and string.match(turn, '^%d+ rest%-(%a+)$')
end

local function stand(room, host, job, due)
  -- Put a job in its line, due at that time.
  if needs_host(room) then
    redis.call('ZADD', 'nd:line:' .. room .. ':' .. host, due, job)
    local known = redis.call('ZSCORE', 'nd:hosts', host)
    if not known or tonumber(known) > due then redis.call('ZADD', 'nd:hosts', due, host) end
  else
    redis.call('ZADD', 'nd:due:' .. room, due, job)
  end
end

local function leave(room, host, job)
  if needs_host(room) then
    redis.call('ZREM', 'nd:line:' .. room .. ':' .. host, job)
  else
    redis.call('ZREM', 'nd:due:' .. room, job)
  end
end

local function note(key, now, room, outcome, detail, ms, worker)
  -- One line a step, the newest last: what `trace` tells. ms: how long it took, where that is known.
  local log = redis.call('HGET', key, 'log') or ''
  local clean = string.gsub(string.sub(detail, 1, 300), '[%c]', ' ')
  log = log .. string.format('%d %s %s %s@%s %s\n', now, room, outcome, ms or '-', worker or '-', clean)
  local _, lines = string.gsub(log, '\n', '\n')
  if lines > LOG_LINES then log = string.gsub(log, '^[^\n]*\n', '', 1) end
  redis.call('HSET', key, 'log', log)
end

local function worker_of(token)
  return string.match(token, '^(%S+):[^:]*$') or '-'
end

local function begin(key, room, job, token, now, ends)
  -- Every execution is an attempt, and is counted: claims are the sum of a room's outcomes and of what it holds.
  redis.call('HSET', key, 'token', token, 'due', ends, 'began', now)
  redis.call('HINCRBY', key, 'attempts', 1)
  redis.call('HINCRBY', 'nd:counts', 'claims:' .. room, 1)
  redis.call('SADD', 'nd:held', room .. ' ' .. job)
end

local function end_lease(key, room, now, outcome, token)
  -- Whoever held it never told how it ended.
  local began = tonumber(redis.call('HGET', key, 'began') or now)
  note(key, now, room, outcome, '', string.format('%d', now - began), worker_of(token))
  redis.call('HINCRBY', 'nd:counts', room .. ':' .. outcome, 1)
end

-- When a room was first told of work since it last took some, in nd:counts: what shows that a room stands still.
local function told(room, now)
  redis.call('HSETNX', 'nd:counts', 'told:' .. queue_of(room), now)
end

local function taken(room)
  redis.call('HDEL', 'nd:counts', 'told:' .. queue_of(room))
end

local function spent(room, seconds)
  redis.call('HINCRBYFLOAT', 'nd:seconds', room, seconds)
  redis.call('HINCRBY', 'nd:counts', room .. ':runs', 1)
end

local function count(field, by)
  redis.call('HINCRBY', 'nd:counts', field, by)
end

local function to_be_read(name, now, document)
  -- A feed's document waits for a child that reads it.
  local key = 'nd:feed:' .. name
  redis.call('SET', 'nd:document:' .. name, document)
  redis.call('HSET', key, 'stage', 'read', 'token', '', 'attempts', 0, 'due', now)
  leave('poll', redis.call('HGET', key, 'host'), name)
  stand('read', '', name, now)
  redis.call('HINCRBY', 'nd:counts', 'waiting:read', 1)
end

local function is_read(name)
  redis.call('DEL', 'nd:document:' .. name)
  leave('read', '', name)
  redis.call('HINCRBY', 'nd:counts', 'waiting:read', -1)
end

-- Of a finished article there are millions: its journey lies with its document, and here is what the next announcement
-- of it needs. What the document does not tell, because nothing was written in the end, is kept behind it.
local SHELF = 3                   -- digits of an id that name the hash it lies in: 4,096 hashes

local function shelf_of(job)
  return 'nd:done:' .. string.sub(job, 1, SHELF)
end

local function finish(key, job, outcome, whole)
  local feed, announced, last, said, times, doc, log =
    unpack(redis.call('HMGET', key, 'feed', 'announced', 'last', 'said', 'times', 'doc', 'log'))
  if not doc or doc == job then doc = '' end
  local left = table.concat({announced or 0, last or 0, said or '', times or 0, doc, outcome, feed or ''}, '\t')
  if whole or outcome ~= 'indexed' then left = left .. '\n' .. (log or '') end
  redis.call('HSET', shelf_of(job), job, left)
  redis.call('DEL', key)
end

local function finished(job)
  -- What is left of it, or nil.
  local left = redis.call('HGET', shelf_of(job), job)
  if not left then return nil end
  local announced, last, said, times, doc, outcome, feed, log =
    string.match(left, '^(%d+)\t(%d+)\t([^\t]*)\t(%d+)\t([^\t]*)\t([^\t]*)\t([^\n]*)\n?(.*)$')
  return {announced = announced, last = last, said = said, times = times, doc = doc ~= '' and doc or job,
    outcome = outcome, feed = feed, log = log}
end

local function reopen(key, job, left, url)
  -- From the shelf to a journey again.
  redis.call('HDEL', shelf_of(job), job)
  redis.call('HSET', key, 'stage', 'done', 'url', url, 'feed', left.feed, 'announced', left.announced, 'last', left.last,
    'said', left.said, 'times', left.times, 'doc', left.doc, 'log', left.log, 'attempts', 0, 'token', '')
end

local function count_feed(article, field, by)
  redis.call('HINCRBY', 'nd:feed:' .. redis.call('HGET', article, 'feed'), field, by)
end

-- An article is read again when its feed says it otherwise: first ten minutes after the last reading, then twice as long
-- after each, and so often at most; corrections come soon, and what changes for ever is no article.
local AGAIN_MS, AGAIN_MOST = 600000, 8

local function read_again(key, job, now, host, entry, feed)
  -- Back to the line of its host, from done or dead; false when it was read often enough. Where its page cannot be
  -- read then, an article that is in the index stays as it is (see settle).
  local stage, from, last, times = unpack(redis.call('HMGET', key, 'stage', 'from', 'last', 'times'))
  times = tonumber(times or 0)
  if times >= AGAIN_MOST or not (stage == 'done' or (stage == 'dead' and (from == 'fetch' or from == 'extract'))) then
    return false
  end
  local due = math.max(now, tonumber(last or now) + AGAIN_MS * 2 ^ times)
  note(key, now, 'poll', 'changed', feed)
  redis.call('HSET', key, 'stage', 'fetch', 'host', host, 'entry', entry, 'attempts', 0, 'token', '', 'due', due,
    'times', times + 1)
  if stage == 'done' then
    redis.call('HSET', key, 'again', 1)
    count_feed(key, 'indexed', -1)
  else
    redis.call('ZREM', 'nd:dead', job)
    redis.call('DEL', 'nd:body:' .. job)
    count_feed(key, 'dead', -1)
  end
  stand('fetch', host, job, due)
  count('waiting:' .. stage, -1)
  count('waiting:fetch', 1)
  count('poll:changed', 1)
  return true
end

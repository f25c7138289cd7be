-- story now id period sketch least -> {story id, twin id | "", hashes shared with the twin, moved id…}
-- The group of near-copies an article belongs to, itself alone at first. Two articles of one period, or of two that
-- follow each other, are near-copies when their sketches share `least` hashes; groups are what such pairs connect,
-- whatever the order in which they come. sketch: 5 bytes a hash, a block and three bytes to be found in it.
--   nd:near:<block>            records of 7 bytes, the oldest first: the three bytes, the number of an article
--   nd:stories                 hash: last, the number given last; oldest, the first that is still compared;
--                              day <n>, the first that was given on that day
--   nd:stories:<number / 4096> records of 22 bytes by number: id (12), period (2), number of its story, next of the
--                              same story (a ring)
--   nd:moved                   hash id -> "<now> <story id>": what the index has to be told of joined groups
local now, id, period, sketch, least = clock(ARGV[1]), ARGV[2], tonumber(ARGV[3]) % 65536, ARGV[4], tonumber(ARGV[5])
local RECORD, MEMBER, CHUNK = 7, 22, 4096
local SCANNED = 500                -- copies looked at of one hash: enough to find the group, however often it was copied
local DAY_MS, DAYS = 86400000, 7   -- an article is compared for so long after it came
local KEEP_MEMBER_MS = 691200000   -- 8 days after the last was added: no longer needed than what points to them

local function place_of(number)
  return 'nd:stories:' .. math.floor(number / CHUNK), (number % CHUNK) * MEMBER
end

local function member(number)
  local key, at = place_of(number)
  local raw = redis.call('GETRANGE', key, at, at + MEMBER - 1)
  if #raw < MEMBER then return nil end
  local name = string.sub(raw, 1, 12)
  if name == string.rep('\0', 12) then return nil end
  local published, story, following = struct.unpack('>I2I4I4', raw, 13)
  return {number = number, id = name, period = published, story = story, following = following}
end

local function keep(one)
  local key, at = place_of(one.number)
  redis.call('SETRANGE', key, at, one.id .. struct.pack('>I2I4I4', one.period, one.story, one.following))
  redis.call('PEXPIRE', key, KEEP_MEMBER_MS)
end

local function hex(raw)
  return (string.gsub(raw, '.', function(byte) return string.format('%02x', string.byte(byte)) end))
end

local function numbers_at(list, wanted, found)
  -- Every article that has the hash `wanted`.
  local at, seen = 1, 0
  while seen < SCANNED do
    at = string.find(list, wanted, at, true)
    if not at then return end
    if (at - 1) % RECORD == 0 then
      found(struct.unpack('>I4', list, at + 3))
      seen, at = seen + 1, at + RECORD
    else
      at = at + 1
    end
  end
end

local hashes, keys, wanted = {struct.unpack('>' .. string.rep('I2c3', #sketch / 5), sketch)}, {}, {}
for index = 1, #sketch / 5 do
  keys[index], wanted[index] = 'nd:near:' .. hashes[2 * index - 1], hashes[2 * index]
end
local lists, shared = redis.call('MGET', unpack(keys)), {}
for index, list in ipairs(lists) do
  local counted = {}               -- once a hash, also where a changed text is listed twice
  if list then
    numbers_at(list, wanted[index], function(number)
      if not counted[number] then
        counted[number] = true
        shared[number] = (shared[number] or 0) + 1
      end
    end)
  end
end

local raw_id = string.gsub(id, '..', function(pair) return string.char(tonumber(pair, 16)) end)
local mine, alike, twin = nil, {}, nil
for number, count in pairs(shared) do
  if count >= least then
    local one = member(number)
    if one and one.id == raw_id then
      mine = one
    elseif one and math.abs(one.period - period) <= 1 then
      table.insert(alike, one)
      if not twin or count > shared[twin.number] or (count == shared[twin.number] and number < twin.number) then twin = one end
    end
  end
end

local function forget(day)
  -- Of the days up to this one no article is compared any longer.
  local marks, oldest, old = redis.call('HGETALL', 'nd:stories'), 0, {}
  for i = 1, #marks, 2 do
    local began = tonumber(string.match(marks[i], '^day (%d+)$'))
    if began and began <= day then
      oldest = math.max(oldest, tonumber(marks[i + 1]))
      table.insert(old, marks[i])
    end
  end
  if #old == 0 then return end
  redis.call('HSET', 'nd:stories', 'oldest', oldest)
  redis.call('HDEL', 'nd:stories', unpack(old))
end

if not mine then
  local number = redis.call('HINCRBY', 'nd:stories', 'last', 1)
  mine = {number = number, id = raw_id, period = period, story = number, following = number}
  keep(mine)
  local day = math.floor(now / DAY_MS)
  if redis.call('HSETNX', 'nd:stories', 'day ' .. day, number) == 1 then forget(day - DAYS) end
end

local function list_in(key, list, hash, oldest)
  -- One record more; where half of them are too old, that half goes.
  local half = list and math.floor(#list / RECORD / 2) * RECORD or 0
  if half > 0 and struct.unpack('>I4', list, half - 3) < oldest then
    redis.call('SET', key, string.sub(list, half + 1))
  end
  redis.call('APPEND', key, hash .. struct.pack('>I4', mine.number))
end

if (shared[mine.number] or 0) * 5 < #sketch then
  local oldest = tonumber(redis.call('HGET', 'nd:stories', 'oldest') or 0)
  for index, key in ipairs(keys) do list_in(key, lists[index], wanted[index], oldest) end
end

local moved = {}
local function join(one, other)
  -- The group that began later takes the name of the earlier, and their rings become one.
  local first, last = member(math.min(one, other)), member(math.max(one, other))
  if not first or not last then return end
  local walker = last
  repeat
    walker.story = first.story
    keep(walker)
    if walker.id ~= raw_id then table.insert(moved, hex(walker.id)) end
    walker = member(walker.following)
  until not walker or walker.number == last.number
  first, last = member(first.number), member(last.number)
  first.following, last.following = last.following, first.following
  keep(first)
  keep(last)
end

for _, one in ipairs(alike) do
  local here, there = member(mine.number).story, member(one.number).story
  if here ~= there then join(here, there) end
end
local story = member(member(mine.number).story)
local name = story and hex(story.id) or id
for _, other in ipairs(moved) do redis.call('HSET', 'nd:moved', other, now .. ' ' .. name) end
local answer = {name, twin and hex(twin.id) or '', twin and shared[twin.number] or 0}
for _, other in ipairs(moved) do table.insert(answer, other) end
return answer

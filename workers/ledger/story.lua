-- story now id period sketch least -> {story id, twin id | "", hashes shared with the twin, moved id…}; ids in 12 bytes
-- The group of near-copies an article belongs to, itself alone at first. Two articles of one period, or of two that
-- follow each other, are near-copies when their sketches share `least` hashes; groups are what such pairs connect,
-- whatever the order in which they come. sketch: 5 bytes a hash, two that name a list and three to be found in it.
--   nd:near:<two bytes>        records of 7 bytes, the oldest first: the three bytes, the number of an article
--   nd:stories                 hash: last, the number given last; oldest, the first that is still compared;
--                              day <n>, the first that was given on that day
--   nd:stories:<number / 4096> records of 22 bytes by number: id (12), period (2), number of its story, next of the
--                              same story (a ring)
--   nd:moved                   hash id -> now (8), story id (12): what the index has to be told of joined groups
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
  if one.number % 16 == 0 then redis.call('PEXPIRE', key, KEEP_MEMBER_MS) end
end

local function count_in(list, hash, shared)
  -- One more shared with every article that has the hash; once each, also where a changed text is listed twice.
  local at, seen, counted = string.find(list, hash, 1, true), 0, nil
  while at and seen < SCANNED do
    if (at - 1) % RECORD == 0 then
      local number = struct.unpack('>I4', list, at + 3)
      counted = counted or {}
      if not counted[number] then shared[number] = (shared[number] or 0) + 1 end
      counted[number], seen, at = true, seen + 1, at + RECORD
    else
      at = at + 1
    end
    at = string.find(list, hash, at, true)
  end
end

local keys, wanted = {}, {}
for index = 1, #sketch / 5 do
  local at = 5 * index - 4
  keys[index], wanted[index] = 'nd:near:' .. string.sub(sketch, at, at + 1), string.sub(sketch, at + 2, at + 4)
end
local lists, shared = redis.call('MGET', unpack(keys)), {}
for index, list in ipairs(lists) do
  if list then count_in(list, wanted[index], shared) end
end

local mine, alike, twin = nil, {}, nil
for number, count in pairs(shared) do
  if count >= least then
    local one = member(number)
    if one and one.id == id then
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
  if #old == 0 then return nil end
  redis.call('HSET', 'nd:stories', 'oldest', oldest)
  redis.call('HDEL', 'nd:stories', unpack(old))
  return oldest
end

local day = 'day ' .. math.floor(now / DAY_MS)
local begun, oldest = unpack(redis.call('HMGET', 'nd:stories', day, 'oldest'))
if not mine then
  local number = redis.call('HINCRBY', 'nd:stories', 'last', 1)
  mine = {number = number, id = id, period = period, story = number, following = number}
  keep(mine)
  if not begun then
    redis.call('HSET', 'nd:stories', day, number)
    oldest = forget(math.floor(now / DAY_MS) - DAYS) or oldest
  end
end

if (shared[mine.number] or 0) * 5 < #sketch then
  local record = struct.pack('>I4', mine.number)
  oldest = tonumber(oldest or 0)
  for index, key in ipairs(keys) do
    local list = lists[index]
    -- Where half of a list is too old, that half goes; to look at one in eight each time is soon enough.
    local half = list and (index + math.floor(mine.number / 8)) % 8 == 0 and math.floor(#list / RECORD / 2) * RECORD or 0
    if half > 0 and struct.unpack('>I4', list, half - 3) < oldest then
      redis.call('SET', key, string.sub(list, half + 1))
    end
    redis.call('APPEND', key, wanted[index] .. record)
  end
end

if #alike == 0 and mine.story == mine.number then return {id, '', 0} end

local moved = {}
local function join(one, other)
  -- The group that began later takes the name of the earlier, and their rings become one.
  local first, last = member(math.min(one, other)), member(math.max(one, other))
  if not first or not last then return end
  local walker = last
  repeat
    walker.story = first.story
    keep(walker)
    if walker.id ~= id then table.insert(moved, walker.id) end
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
local name = story and story.id or id
for _, other in ipairs(moved) do redis.call('HSET', 'nd:moved', other, struct.pack('>I8', now) .. name) end
local answer = {name, twin and twin.id or '', twin and shared[twin.number] or 0}
for _, other in ipairs(moved) do table.insert(answer, other) end
return answer

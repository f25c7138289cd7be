-- spread now -> how many. After a downtime: feeds that are overdue become due one after the other, the longest overdue first.
local now, late = clock(ARGV[1]), {}
for _, name in ipairs(redis.call('SMEMBERS', 'nd:feeds')) do
  local stage, token, due, host = unpack(redis.call('HMGET', 'nd:feed:' .. name, 'stage', 'token', 'due', 'host'))
  due = tonumber(due)
  if stage == 'poll' and token == '' and due > 0 and due <= now then table.insert(late, {due, name, host}) end
end
table.sort(late, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
for place, feed in ipairs(late) do
  local due = now + math.floor((place - 1) * 1000 / FEEDS_A_SECOND)
  redis.call('HSET', 'nd:feed:' .. feed[2], 'due', due)
  stand('poll', feed[3], feed[2], due)
end
return #late

-- told now id move … -> nothing (see story.lua)
-- The index knows of these; one that moved again meanwhile stays.
for i = 2, #ARGV, 2 do
  if redis.call('HGET', 'nd:moved', ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', 'nd:moved', ARGV[i]) end
end

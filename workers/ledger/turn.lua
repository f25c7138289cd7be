-- turn now host token ms -> 0 taken | ms to wait.   A turn for one request that is not the job's own host's
-- (robots.txt or a feed behind a redirect). Taken again under the same token it is extended, or ended with ms 0.
local now, host, token, ms = clock(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local busy = turn_until(host)
if busy > now and not holds_turn(host, token) then return busy - now end
set_turn(host, now, now + ms, token)
redis.call('ZADD', 'nd:hosts', 'XX', now + ms, host)
return 0

-- heard now name token rest_ms seconds document queue_limit resend_ms -> "sent" (put a message in the queue extract) | "waits" | "lost"
-- A feed answered with a document that must be read: the host is free again, and the document waits for a child that reads it.
local now, name, token, rest, seconds = clock(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local held, host = unpack(redis.call('HMGET', 'nd:feed:' .. name, 'token', 'host'))
if held ~= token then return 'lost' end
redis.call('SREM', 'nd:held', 'poll ' .. name)
to_be_read(name, now, ARGV[6])
rest_turn(host, now, rest, token, 'poll')
spent('poll', seconds)
if redis.call('LLEN', 'extract') >= tonumber(ARGV[7]) then return 'waits' end
stand('read', '', name, now + tonumber(ARGV[8]))
told('read', now)
return 'sent'

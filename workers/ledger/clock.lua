-- Prepended to every script.
local function clock(given)
  -- Redis's own clock is the only one all workers share; tests hand in theirs.
  local ms = tonumber(given)
  if ms > 0 then return ms end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

"""The truth about every article's journey: Redis, and the Lua scripts that change it in one step.

scripts.py   the scripts and how they are called       lines.lua    who waits where (read by all)
jobs.py      Claim, Settlement: what is handed out and in   claim.lua, settle.lua, poll_done.lua …
policy.py    pure: what a failure means for the next attempt
ledger.py    the verbs: subscribe, due, claim, settle, …
journal.py   what an operator may ask; reading.py answers it
"""

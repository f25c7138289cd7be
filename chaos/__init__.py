"""The service under fire: each fault alone, and an account of every article afterwards.

web.py      a news web on loopback with a poison page in it
faults.py   what goes wrong, and how often
account.py  where every announced article is in the end, by the ledger and by the store
__main__.py `python -m chaos`: each fault in turn, and the table
"""

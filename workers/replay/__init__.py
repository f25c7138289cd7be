"""Pages of the archive, read again with today's extractor.

rulings.py   pure: what it means that a page gave an article, a refusal, or nothing
reading.py   pages through processes that may be killed, each with its ruling
loaded.py    what the readers share
run.py       into a new generation of the store, out of the dead letters, or only to look
turn.py      one replay at a time, and its last step in one piece
"""

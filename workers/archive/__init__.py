"""What was fetched, as it came: WARC 1.1 files that any tool reads, and an index of their pages.

records.py     a page as three WARC records, and back
files.py       the file being written, the names of files, and what of a torn one is whole
writer.py      the one writer of a process: many threads share one fsync
index.py       which pages lie where (SQLite); made anew from the files when it is lost
retention.py   pure: which files are too many or too old
upkeep.py      files of processes that died, and those too many or too old
shelf.py       the reading side: choose pages, read them, verify files
"""

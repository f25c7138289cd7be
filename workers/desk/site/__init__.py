"""A small news site of our own on loopback, so that the demo has today's news without the internet.

articles/     five invented publications, one file each; hours and weekdays are relative to the start
content.py    those files, read and checked
wording.py    how each language names days and authors
pages.py      publications → every page, feed and picture, as bytes
templates/    four kinds of page, three kinds of feed
server.py     the bytes over HTTP, and a log of who asked for what
"""

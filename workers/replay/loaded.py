"""Importing this loads all that reading a page needs: once, in the process that the readers are forked from."""

from workers.extract.story import preload
from workers.replay import reading

__all__ = ["reading"]

preload()

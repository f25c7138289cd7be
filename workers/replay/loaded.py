"""Importing this loads all that reading a page needs: once, in the process that the readers are forked from."""

import warnings

from workers.extract.story import preload
from workers.replay import reading

__all__ = ["reading"]

warnings.simplefilter("ignore")  # what parsers say of strangers' pages would break the progress bar
preload()

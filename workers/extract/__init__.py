"""Extract: a page as fetched becomes an article as understood, or the reason why it is none.

bytes -> decode -> tame -> parse            one text, one tree, bounded
  -> head, embeds                           what the page says of itself; posts set into it
  -> body -> blocks                         the text, in reading order
  -> places, pictures, byline, dates        what stands around the text
  -> refusal or Article                     story.extract
"""

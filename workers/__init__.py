"""Workers poll, fetch, extract, index and search the news.

One article's journey, one line a stage:

    config/feeds.toml            whom we listen to
      | poll     which feeds are due, and what is new in them        (queue poll)
      | fetch    the only door to the internet: polite and bounded   (queue fetch)
      | extract  page -> Article, in a process that may be killed    (queue extract)
      | index    bulk, repeatable, versioned writes                  (queue index)
      | search   questions in, answers out                           (page, API, CLI)

The ledger (Redis) is the truth about where each article is; the queue is only a hint.
"""

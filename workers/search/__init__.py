"""Read side of the search: typed text → Query → Answer, from Elasticsearch or the embedded store."""

"""Write side of the search: Article → document → Elasticsearch or the embedded store."""

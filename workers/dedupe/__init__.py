"""What an article repeats or revises: near-copies on other sites, twins on its own, its own earlier reading."""

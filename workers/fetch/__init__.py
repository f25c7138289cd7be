"""The only door to the internet: polite, bounded, and closed to private addresses."""

"""Which feeds are due, and what is new in them: rules only, no network and no store."""

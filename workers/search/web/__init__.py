"""The door through which people and programs ask: pages in HTML, the same answers in JSON."""

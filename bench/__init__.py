"""The promises in figures: each module measures some beside their targets; `python -m bench` runs the short ones."""

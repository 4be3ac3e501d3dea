"""The query of a table of runs, as the browser understands it too: both are held to ``tests/queries.json``."""

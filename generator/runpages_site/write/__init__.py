"""Writes the site; nothing else of the generator does."""

"""The built-in theme."""

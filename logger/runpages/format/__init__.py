"""The folder format: what the logger writes and the generator reads."""

"""Reads the folders of other tools: a module for each source, and the parts that they share."""

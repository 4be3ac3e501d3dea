"""Checks whether a site is whole."""

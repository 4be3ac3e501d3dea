"""Serves a site over HTTP to this machine."""

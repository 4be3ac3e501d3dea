"""Workspaces and sites in object storage and on servers: what a build lists, fetches, puts and removes there."""

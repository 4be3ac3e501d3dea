"""Workspaces in storage that is reached by a URL, such as a bucket."""

"""Copies a workspace to object storage while its runs go on: what is new is sent, and nothing is deleted."""

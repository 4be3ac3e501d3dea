"""Runs shown in notebooks."""

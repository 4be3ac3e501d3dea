"""Compares runs and groups of runs: what differs, and whether it mattered.

The command ``runpages compare``, the static pages of comparisons and the conditions of ``fail_if`` use these functions.
"""

"""Themes: templates, styles and scripts."""

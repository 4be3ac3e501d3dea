"""The themes of runpages: templates, styles and browser scripts."""

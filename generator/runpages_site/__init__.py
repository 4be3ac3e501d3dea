"""Build run folders into a static website."""

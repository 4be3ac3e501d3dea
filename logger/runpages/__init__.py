"""Log experiment runs to plain files."""

"""Reads run folders into values; nothing else of the generator opens them."""

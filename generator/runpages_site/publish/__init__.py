"""Publishing: what a destination has is fetched, the workspace is built into it, and the result is sent."""

"""Sessions: runs as the web sees them."""

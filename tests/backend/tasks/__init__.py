"""Each way of asking by itself."""

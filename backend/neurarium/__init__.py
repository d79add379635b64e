"""Neural networks that train live: data, training, sessions and the web service."""

"""The routes of the REST interface: one noun, one file."""

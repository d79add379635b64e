"""The web service: HTTP routes, the live socket and the wire format."""

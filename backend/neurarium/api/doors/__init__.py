"""The doors: what every request passes before a route sees it. Whatever is not let in is refused."""

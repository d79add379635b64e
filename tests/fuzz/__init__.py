"""What strangers may send, and what must never come of it."""

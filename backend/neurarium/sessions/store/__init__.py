"""What outlives the server: runs, their logs, journals and curves in SQLite; their checkpoints as files beside it."""

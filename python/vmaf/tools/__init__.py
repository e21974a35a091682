"""Statistics and small helpers."""

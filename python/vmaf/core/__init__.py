"""Assets, executors and results."""

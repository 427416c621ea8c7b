"""The same twelve tasks with this client and with others: what docs/compare.md shows, and tests run."""

"""A small project that trains on a local and on a remote host at once."""

"""The public methods of a client, and what they send."""

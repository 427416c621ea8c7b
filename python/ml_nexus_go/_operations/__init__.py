"""What a client can be asked: the public methods, and what they send."""

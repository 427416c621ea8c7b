"""What comes back: results and events, as users get them. With the exceptions of _errors it is the lowest room."""

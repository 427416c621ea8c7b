"""Results and events, as users get them. Together with the exceptions of _errors, this is the lowest room."""

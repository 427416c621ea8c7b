"""Who may be asked: the clients, and connect(), which makes them."""

"""The clients, and connect(), which makes them."""

"""What the plugin of pytest is made of."""

"""One module for each task: a function for each client, and a check of what it did."""

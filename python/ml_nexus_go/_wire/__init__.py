"""What crosses the C ABI: the methods, with the types of their requests, results and events."""

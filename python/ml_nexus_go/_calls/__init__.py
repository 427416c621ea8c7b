"""One call under way: submitted, fed, read, cancelled, awaited to its end."""

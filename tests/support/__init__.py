"""What the tests share: engines, names, leak counts, programs in their own process."""

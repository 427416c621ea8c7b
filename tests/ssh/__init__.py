"""What only a connection over SSH has: lost lines, keys, what outlives a program."""

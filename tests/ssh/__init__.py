"""What only a connection over SSH has: lost connections, keys, what outlives a program."""

# Written by go run ./tools/wire. Change the Go side instead.
"""What crosses the C ABI."""

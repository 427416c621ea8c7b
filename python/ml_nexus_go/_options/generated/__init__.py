# Written by go run ./tools/wire. Change the Go side instead.
"""The classes of typed options."""

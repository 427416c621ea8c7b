"""Fleets: three engines, each on a host of its own, joined into one swarm."""

"""Random operations under random faults, and a checker that knows what must be true.

``tools/chaos.sh`` runs it over the testbed: ``operations`` are what users do, each of which
checks its own answer and its side effects; ``faults`` are what happens to connections, sshd
and engines meanwhile; ``leftovers`` looks for what must not be left at the end. One seed
decides everything random.
"""

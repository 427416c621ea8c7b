"""python -m ml_nexus_go.cli."""

from . import main

main()

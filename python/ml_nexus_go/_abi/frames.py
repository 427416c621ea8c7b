"""Frame types and flags of ``ml_nexus_go.h``."""

RESULT = 1
ERROR = 2
STDOUT = 3
STDERR = 4
EVENT = 5

FINAL = 1

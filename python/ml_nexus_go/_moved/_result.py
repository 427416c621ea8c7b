"""What pickles of 0.1.0 name ``ml_nexus_go._result.NAME``."""

from ml_nexus_go import (
    CommandResult,
    ContainerState,
    CopyResult,
    ImagePruning,
    ImageRemoval,
    Orphan,
    PingResult,
    Progress,
)

"""What pickles of 0.1.0 name ``ml_nexus_go._build_result.NAME``."""

from ml_nexus_go import BuildLog, BuildResult, BuildStep, BuildTransfer, BuildWarning

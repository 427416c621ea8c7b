"""What pickles of 0.1.0 name ``ml_nexus_go._ml_nexus.NAME``."""

from ml_nexus_go._results.ml_nexus import _restore_command_failed, _restore_command_result

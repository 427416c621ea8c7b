"""What pickles of 0.1.0 name ``ml_nexus_go._host_results.NAME``."""

from ml_nexus_go import HostCopyResult, SyncIssue, SyncReport

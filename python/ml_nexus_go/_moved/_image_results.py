"""What pickles of 0.1.0 name ``ml_nexus_go._image_results.NAME``."""

from ml_nexus_go import LayerProgress, PullResult, PushResult, TransferResult, TransferStatus

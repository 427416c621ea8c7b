"""What pickles of 0.1.0 name ``ml_nexus_go._connect.NAME``."""

from ml_nexus_go import LocalDockerClient, RemoteDockerClient, TLSConfig, connect

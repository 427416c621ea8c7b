"""What pickles of 0.1.0 name ``ml_nexus_go._docker_client.NAME``."""

from ml_nexus_go import DockerClient

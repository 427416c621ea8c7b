"""The blocking client, for programs without asyncio, threads and notebooks.

::

    from ml_nexus_go.blocking import connect

    with connect("ssh://gpu1") as client:
        print(client.run_container("busybox", ["echo", "hello"], ["--rm"]))

Names, results and errors are those of ml_nexus_go. Each client has a thread with an event loop.
"""

from ._connect import connect
from ._loop_thread import BlockingIterator
from ._process import ContainerProcess, OutputReader, ProcessStdin
from .generated import DockerClient, Place

__all__ = ["BlockingIterator", "ContainerProcess", "DockerClient", "OutputReader", "Place", "ProcessStdin", "connect"]

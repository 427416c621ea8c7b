"""A client written in Python: ``python3 -m examples.recording``.

It records every call and forwards it to the client that it wraps, so that a test or a
report can say afterwards what an environment did.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_nexus_go import DockerClient, ForwardingDockerClient, connect
from ml_nexus_go.environments import DockerHostEnvironment, DockerHostMounter

from .places import from_command_line
from .training.project import DockerBuilder, ProjectDef, ProjectDir


@dataclass
class Record:
    """One call: its method, how long it took in seconds, and its error."""

    method: str
    seconds: float
    error: BaseException | None = None


class RecordingDockerClient(ForwardingDockerClient):
    """Forwards everything to another client and keeps a record of it."""

    def __init__(self, inner: DockerClient) -> None:
        super().__init__(inner)
        self.records: list[Record] = []

    async def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        record = Record(method, 0.0)
        self.records.append(record)
        began = time.perf_counter()
        try:
            return await super().forward(method, *args, **kwargs)
        except BaseException as error:
            record.error = error
            raise
        finally:
            record.seconds = time.perf_counter() - began


async def main() -> None:
    places = from_command_line(__doc__ or "")
    root = Path(f"/tmp/ml_nexus_go-example-{uuid.uuid4().hex[:8]}")
    for target in places.targets:
        async with RecordingDockerClient(connect(target, **places.connect_options)) as client:

            async def build(tag: str, context_dir: Path, options: str) -> str:
                await client.build_image(context_dir, tag, options)
                return tag

            environment = DockerHostEnvironment(
                project=ProjectDef([ProjectDir("recorded")]),
                docker_builder=DockerBuilder(build, places.image),
                docker_client=client,
                image_tag="ml-nexus-go-example/recorded",
                mounter=DockerHostMounter(host_resource_root=root),
                gpus=None,
            )
            await environment.run_script("echo this is recorded")
            await client.remove_image("ml-nexus-go-example/recorded", force=True)
            await client.delete_on_host(root)
            print(target)
            for record in client.records:
                print(f"  {record.method:20} {record.seconds * 1000:7.1f} ms{' failed' if record.error else ''}")


if __name__ == "__main__":
    asyncio.run(main())

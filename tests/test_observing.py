"""What the logger and traces tell of operations."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ml_nexus_go import BuildFailed, ContainerNotFound, DockerClient, OperationTimeout
from ml_nexus_go._abi import observing

from .conftest import Connect
from .support.builds import context, fresh
from .support.names import Names
from .support.proxy import Proxy


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """A provider as a program sets it, for one test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "ml_nexus_go"]


async def test_the_logger(client: DockerClient, image: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ml_nexus_go")
    await client.run_container(image, ["echo", "a-result"], ["--rm", "-e", "A=a-secret"])
    with pytest.raises(ContainerNotFound):
        await client.start_container("nobody")
    lines = told(caplog)
    target = re.escape(client.target)
    for wanted in (
        f"run_container on {target}: began",
        rf"run_container on {target}: done in \d+\.\d{{3}} s",
        rf"start_container on {target}: failed in \d+\.\d{{3}} s \(ContainerNotFound: .*nobody.*\)",
    ):
        assert [line for line in lines if re.fullmatch(wanted, line)], (wanted, lines)
    assert "secret" not in "".join(lines)
    assert "a-result" not in "".join(lines)


@pytest.mark.connections("ssh")
@pytest.mark.engines("new")
async def test_a_lost_connection_is_told(
    connect_to: Connect, proxy: Proxy, container: str, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter
) -> None:
    caplog.set_level(logging.DEBUG, "ml_nexus_go")
    client = connect_to(ssh_config=proxy.config)
    process = await client.start_exec(container, "echo up; exec sleep 600", shell=True)
    assert await process.stdout.readline() == b"up\n"
    proxy.cut()
    proxy.mend()
    await client.container_state(container)
    with pytest.raises(Exception, match="lost"):
        await process.wait()
    states = [span for span in spans.get_finished_spans() if span.name == "docker container_state"]
    assert len(states) == 1
    lost = [line for line in told(caplog) if "lost the connection" in line]
    assert all(re.search(r", goes on after \d+\.\d{3} s$", line) for line in lost)
    events = [event.name for span in spans.get_finished_spans() for event in span.events]
    assert len(lost) == len(events) >= 1
    assert set(events) == {"reconnected"}


@pytest.mark.engines("new")
@pytest.mark.connections("local")
async def test_a_trace_goes_down_to_the_steps_of_a_build(
    client: DockerClient, image: str, tmp_path: Path, name: Names, spans: InMemorySpanExporter
) -> None:
    tracer = trace.get_tracer_provider().get_tracer("program")
    folder = context(tmp_path, fresh("RUN exit 9", image=image))
    with tracer.start_as_current_span("mine") as mine:
        with pytest.raises(BuildFailed):
            await client.build_image(folder, name())
    found: dict[str, Any] = {span.name: span for span in spans.get_finished_spans()}
    build = found["docker build_image"]
    assert build.attributes["ml_nexus_go.target"] == client.target
    assert build.parent.span_id == mine.get_span_context().span_id
    assert build.status.status_code == trace.StatusCode.ERROR
    (step,) = (span for span in found.values() if "exit 9" in span.name)
    assert step.parent.span_id == build.context.span_id
    assert step.status.status_code == trace.StatusCode.ERROR
    assert {span.context.trace_id for span in found.values() if span.parent} == {mine.get_span_context().trace_id}


@pytest.mark.connections("local")
async def test_a_reader_that_wants_no_more_is_no_error(
    client: DockerClient, box: str, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ml_nexus_go")
    samples = client.stats([box])
    async for _ in samples:
        break
    await samples.aclose()
    with pytest.raises(OperationTimeout):
        await client.exec_container(box, ["sleep", "600"], timeout=0.1)
    read, ended = (
        next(span for span in spans.get_finished_spans() if span.name == f"docker {name}")
        for name in ("stats", "exec_container")
    )
    assert (read.status.status_code, ended.status.status_code) == (trace.StatusCode.UNSET, trace.StatusCode.ERROR)
    assert [line for line in told(caplog) if re.fullmatch(r"stats on .*: done in .* s", line)]


async def test_nothing_is_observed_that_nobody_asked_for(client: DockerClient) -> None:
    await client.ping()
    assert observing.begin("ping", 0) is None


async def test_a_tracer_that_fails_harms_nothing(
    client: DockerClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect of the tracer")

    caplog.set_level(logging.DEBUG, "ml_nexus_go")
    monkeypatch.setattr(observing.Observation, "end", fail)
    assert await client.ping()
    assert "an operation could not be observed" in told(caplog)

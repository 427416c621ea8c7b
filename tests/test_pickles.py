"""Objects that earlier versions have pickled still load, wherever their classes live now.

tests/pickles/ holds a file for each version: a line for each object, its name and its pickle in
base64. What a version wrote is never written again. A new public class gets its line in EXPECTED,
and ``PYTHONPATH=python python -m tests.test_pickles`` adds it to the file of the present version.
"""

from __future__ import annotations

import base64
import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import ml_nexus_go as mlng
from ml_nexus_go import CommandFailed, CommandResult, DockerError

from .ml_nexus.standins import import_ml_nexus

FOLDER = Path(__file__).with_name("pickles")
COMMAND = CommandResult(b"\xff out\n", b"err\n", 3, "abc", 1.5, True, ("a warning",))
ABOUT: dict[str, Any] = {"op": "image.pull", "target": "ssh://gpu7", "details": {"path": "/a", "reason": "one", "n": 7}}
NOON = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=timezone.utc)
SUBNET = mlng.Subnet("10.1.0.0/16", "10.1.0.1", "10.1.2.0/24", {"router": "10.1.0.2"})
MEMBER = mlng.NetworkContainer("4567", "box", "10.1.2.3/16", None, "02:42:0a:01:02:03")
BUILD_DETAILS = {
    "log": "#1 a\n",
    "log_tail": ["a"],
    "step": "[2/3] RUN make",
    "exit_code": 2,
    "line": 4,
    "source": ">>>",
}
ERRORS = [value for value in vars(mlng).values() if isinstance(value, type) and issubclass(value, DockerError)]
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone.utc)
VIEWED: dict[str, Any] = {
    "id": "0f",
    "name": "box",
    "names": ("box", "web/db"),
    "image": "busybox",
    "image_id": "sha256:1",
    "command": "sleep 9",
    "created": WHEN,
    "state": "running",
    "status": "Up 2 minutes (healthy)",
    "health": "healthy",
    "labels": {"a": "b"},
    "ports": (mlng.ContainerPort(80, "tcp", "::", 8080), mlng.ContainerPort(90, "udp", None, None)),
    "mounts": (mlng.ContainerMount("volume", "v", "", "/data", "local", "z", False, ""),),
    "networks": {
        "bridge": mlng.ContainerNetwork("n", "e", "10.0.0.2", 8, "10.0.0.1", None, 0, None, "02:42", ("db",)),
    },
    "network_mode": "default",
    "size": None,
    "total_size": 7,
    "raw": {"Id": "0f"},
}
IMAGED: dict[str, Any] = {
    "id": "sha256:1",
    "tags": ("a:1",),
    "digests": ("a@sha256:1",),
    "created": WHEN,
    "size": 7,
    "labels": {"a": "b"},
    "parent_id": None,
    "raw": {"Id": "sha256:1"},
}
DETAILED: dict[str, Any] = {
    "pid": 7,
    "exit_code": 0,
    "oom_killed": False,
    "error": "",
    "started_at": WHEN,
    "finished_at": None,
    "restart_count": 2,
    "config": mlng.ContainerConfig(("9",), ("sleep",), {"A": "b=c"}, "/tmp", "root", "here", True, False, None, 7),
    "host_config": mlng.ContainerHostConfig(
        network_mode="default",
        restart_policy="always",
        restart_retries=0,
        auto_remove=False,
        privileged=False,
        read_only=True,
        init=None,
        memory=1 << 30,
        cpus=1.5,
        pids_limit=None,
        shm_size=64 << 20,
        binds=("/a:/b",),
        cap_add=("NET_ADMIN",),
        cap_drop=(),
        security_opt=(),
        pid_mode="",
        ipc_mode="private",
        runtime="runc",
        log_driver="json-file",
    ),
}

VOLUME = mlng.Volume("v", "local", "/v", NOON, "local", {"a": "b"}, {"o": "p"}, {"Name": "v"})
RECORD = mlng.BuildCacheRecord("r", "regular", "a step", 12, False, False, NOON, None, 1, ("p",), {"ID": "r"})

EXPECTED: dict[str, Any] = {
    "CommandResult": COMMAND,
    "LostAttempt": mlng.LostAttempt("gpu2", "abc", "node gpu2 of the fleet was lost", b"out\n", b""),
    "PingResult": mlng.PingResult("1.44", "linux", "2"),
    "ContainerState": mlng.ContainerState(True, False, "exited", "abc"),
    "ContainerTop": mlng.ContainerTop(("PID", "CMD"), (("1", "sleep 9"), ("2", "sh"))),
    "ContainerChange": mlng.ContainerChange("added", "/etc/new"),
    "ContainerPruning": mlng.ContainerPruning(("id", "other"), 1 << 40),
    "ContainerPort": mlng.ContainerPort(80, "tcp", "0.0.0.0", 8080),
    "CreatedContainer": mlng.CreatedContainer("id", ("a warning",)),
    "Container": mlng.Container(**VIEWED),
    "ContainerDetails": mlng.ContainerDetails(**VIEWED, **DETAILED),
    "ContainerStats": mlng.ContainerStats("0f", "box", WHEN, 12.5, 3 << 20, 4 << 30, 0.1, 5, 6, 7, 8, 9, {"id": "0f"}),
    "Image": mlng.Image(**IMAGED),
    "ImageDetails": mlng.ImageDetails(
        **IMAGED,
        architecture="arm64",
        variant="v8",
        os="linux",
        author="",
        comment="",
        layers=("sha256:2",),
        config=mlng.ImageConfig(("sh",), (), {"A": "b"}, "/tmp", "", ("80/tcp",), ("/data",), None),
    ),
    "Event": mlng.Event("image", "tag", "sha256:1", {"name": "a:1"}, "local", WHEN, 12345678900, {"Type": "image"}),
    "EventGap": mlng.EventGap("gap", "gap", "", {}, "", WHEN, 7, {"lost": 3}, "slow_reader", WHEN, WHEN, 3),
    "Distribution": mlng.Distribution("sha256:1", "application/json", 7, ("linux/arm64/v8",), {"Descriptor": {}}),
    "GPU": mlng.GPU(0, "GPU-a", "H100", 80, 4, 5, (mlng.GPUProcess(1, "python", 3),), "GPU-a"),
    "GPUProcess": mlng.GPUProcess(1, "python", 3),
    "FleetNode": mlng.FleetNode(
        id="n1",
        hostname="gpu1",
        role="manager",
        leader=True,
        state="ready",
        state_message="",
        availability="active",
        address="10.0.0.1",
        target="ssh://gpu1",
        engine_version="29.0.0",
        os="linux",
        architecture="x86_64",
        labels={"a": "b"},
        cpus=8.0,
        cpus_reserved=0.5,
        memory=64 << 30,
        memory_reserved=1,
        devices=(mlng.NodeDevices("GPU", 2, 1, ("a", "b"), ("b",)),),
        raw={"ID": "n1"},
    ),
    "NodeDevices": mlng.NodeDevices("GPU", 2, 2, (), ()),
    "WaitingRun": mlng.WaitingRun("t1", "box", "s", None, WHEN, 1.5, 1 << 40, {"GPU": 2}, "no node", {"ID": "t1"}),
    "FileEntry": mlng.FileEntry("a", "/a", "symlink", 0, 0o777, NOON, 0, None, "b"),
    "OpenVolume": mlng.OpenVolume("0123", "/volume"),
    "CopyResult": mlng.CopyResult(1 << 40, 3),
    "Progress": mlng.Progress(7, -1, 2),
    "ImageRemoval": mlng.ImageRemoval(["a:1"], ["sha256:1"]),
    "ImagePruning": mlng.ImagePruning(["a:1"], [], 12),
    "Orphan": mlng.Orphan("id", "name", "image", True, False, 1.5, "session", "host", 7, 2.5, 1000),
    "LayerProgress": mlng.LayerProgress("0123", "Downloading", 1, -1),
    "Reservation": mlng.Reservation("gpu1", ("GPU-1",), {"FPGA": ("/dev/fpga0",)}),
    "Waiting": mlng.Waiting("no suitable node (insufficient resources on 3 nodes)"),
    "TransferStatus": mlng.TransferStatus("Pulling from busybox"),
    "PullResult": mlng.PullResult("busybox:1", "sha256:1", "sha256:2", True),
    "PushResult": mlng.PushResult("a/b:1", "sha256:1", {"1": "sha256:1"}),
    "TransferResult": mlng.TransferResult("a:1", "sha256:1", 10, 5, 4, True),
    "SyncIssue": mlng.SyncIssue("a/\udcff", "failed", "no space"),
    "HostCopyResult": mlng.HostCopyResult(1, 2, "/a", "00ff", 0.5, [mlng.SyncIssue("a", "vanished", "")]),
    "SyncReport": mlng.SyncReport(1, 2, 3, 4, "sftp", 0.5, [mlng.SyncIssue("a", "special", "")], 6),
    "BuildResult": mlng.BuildResult(("a:1", "a:2"), "sha256:1", "#1 a\n", 3, 1, ("w",), 2.5),
    "BuildStep": mlng.BuildStep(1, "[1/2] FROM a", "failed", "no", 0.5, "sha256:1"),
    "BuildLog": mlng.BuildLog(1, "text", 2, "sha256:1"),
    "BuildTransfer": mlng.BuildTransfer(1, "context", 2, 3, True, "sha256:1"),
    "BuildWarning": mlng.BuildWarning("a warning"),
    "Volume": VOLUME,
    "BuildCachePruning": mlng.BuildCachePruning(("r",), 12),
    "BuildCacheRecord": RECORD,
    "SystemPruning": mlng.SystemPruning(
        mlng.ContainerPruning(("c",), 1),
        ("n",),
        mlng.VolumePruning(("v",), 12),
        mlng.ImagePruning(["a:1"], [], 12),
        mlng.BuildCachePruning(("r",), 12),
    ),
    "BuildCacheUsage": mlng.BuildCacheUsage(1, 0, 12, 12, (RECORD,)),
    "ImageUsage": mlng.ImageUsage(mlng.Image(**IMAGED), 1, 2, 3),
    "ImagesUsage": mlng.ImagesUsage(0, 0, 12, 12, ()),
    "ContainersUsage": mlng.ContainersUsage(1, 1, 12, 0, (mlng.Container(**VIEWED),)),
    "VolumeUsage": mlng.VolumeUsage(VOLUME, 1, None),
    "VolumesUsage": mlng.VolumesUsage(1, 1, 0, 0, (mlng.VolumeUsage(VOLUME, 1, None),)),
    "Usage": mlng.Usage(1, 2, 3, 4),
    "DiskUsage": mlng.DiskUsage(
        mlng.ImagesUsage(0, 0, 0, 0, ()),
        mlng.ContainersUsage(0, 0, 0, 0, ()),
        mlng.VolumesUsage(0, 0, 0, 0, ()),
        mlng.BuildCacheUsage(1, 0, 12, 12, (RECORD,)),
        {"LayersSize": 0},
    ),
    "VolumePruning": mlng.VolumePruning(("v",), 12),
    "Subnet": SUBNET,
    "NetworkContainer": MEMBER,
    "Network": mlng.Network(
        "0123",
        "n",
        "bridge",
        NOON,
        "local",
        True,
        False,
        True,
        {"a": "b"},
        {"o": "p"},
        (SUBNET,),
        (MEMBER,),
        {"Name": "n"},
    ),
    "TLSConfig": mlng.TLSConfig("/ca", "/cert", "/key", False),
    "CommandFailed.result": CommandFailed(
        "false ended", exit_code=3, result=COMMAND, op="container.exec", target="local"
    ),
    "BuildFailed.details": mlng.BuildFailed("a step failed", op="image.build", details=BUILD_DETAILS),
    **{f"error.{cls.__name__}": cls(f"a message of {cls.__name__}", **ABOUT) for cls in ERRORS},
    # Classes and functions are pickled by their names: in arguments of other programs' functions, for example.
    **{
        f"name.{name}": value
        for name, value in ((name, getattr(mlng, name)) for name in mlng.__all__)
        if isinstance(value, type) or name == "connect"
    },
}
# Made where ml_nexus.util was imported: they are of classes that cannot be named.
BOUND: dict[str, Any] = {"bound.CommandResult": COMMAND, "bound.CommandFailed": EXPECTED["CommandFailed.result"]}


def recorded() -> dict[str, bytes]:
    """All pickles, by the file's name, the object's and the line's number."""
    pickles = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for number, line in enumerate(file.read_text().splitlines()):
            name, text = line.split()
            pickles[f"{file.stem}-{name}-{number}"] = base64.b64decode(text, validate=True)
    return pickles


RECORDED = recorded()


def content(value: Any) -> Any:
    """What an object consists of, in values that can be compared."""
    if isinstance(value, DockerError):
        fields = {name: content(field) for name, field in vars(value).items()}
        system = {name: getattr(value, name, None) for name in ("errno", "strerror", "filename")}
        return (str(value), value.args, fields, system)
    if isinstance(value, CommandResult):
        return CommandResult.__reduce__(value)[1]
    slots = getattr(type(value), "__slots__", ())
    if isinstance(value, str) and slots:
        return (str(value), {name: getattr(value, name) for name in slots})
    return value


@pytest.mark.parametrize("key", [key for key in RECORDED if "-bound." not in key])
def test_what_an_earlier_version_has_pickled_loads(key: str) -> None:
    expected = EXPECTED[key.rsplit("-", 2)[1]]
    loaded = pickle.loads(RECORDED[key])
    assert type(loaded) is type(expected)
    assert content(loaded) == content(expected)


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("key", [key for key in RECORDED if "-bound." in key])
def test_what_was_bound_to_ml_nexus_loads_with_and_without_it(
    key: str, imported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = BOUND[key.rsplit("-", 2)[1]]
    foreign = import_ml_nexus(monkeypatch) if imported else None
    loaded = pickle.loads(RECORDED[key])
    assert isinstance(loaded, type(expected))
    assert content(loaded) == content(expected)
    if foreign is not None:
        assert isinstance(loaded, (foreign.PsResult, foreign.CommandException))


@pytest.mark.parametrize("name", EXPECTED)
def test_each_object_was_recorded(name: str) -> None:
    assert any(key.rsplit("-", 2)[1] == name for key in RECORDED), "run python -m tests.test_pickles"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", EXPECTED)
def test_each_object_pickles(name: str, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(EXPECTED[name], protocol))
    assert type(again) is type(EXPECTED[name])
    assert content(again) == content(EXPECTED[name])


def record() -> None:
    """Append the objects that no version has recorded."""
    known = {key.rsplit("-", 2)[1] for key in RECORDED}
    with open(FOLDER / f"{mlng.__version__}.txt", "a", encoding="ascii") as out:
        for name in EXPECTED.keys() - known:
            for protocol in (2, 4):
                out.write(f"{name} {base64.b64encode(pickle.dumps(EXPECTED[name], protocol)).decode()}\n")


if __name__ == "__main__":
    record()

"""An engine that lies: its answers are bounded, and end in a typed error."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from ml_nexus_go import EngineError, connect

from .support.fake_engine import archive, lying_engine, member

LISTS = {
    "many tiny objects": b"[" + b"{}," * 300_000 + b"{}]",
    "one long text": b'["' + b"x" * (70 << 20) + b'"]',
}


@pytest.mark.parametrize("answer", LISTS)
@pytest.mark.parametrize("ask", ["list_containers", "list_images", "info"])
async def test_an_answer_that_is_too_large(tmp_path: Path, answer: str, ask: str) -> None:
    with lying_engine(tmp_path, LISTS[answer]) as host:
        async with connect(host) as client:
            with pytest.raises(EngineError) as caught:
                await getattr(client, ask)()
    assert caught.value.details["reason"] == "too_large"
    assert "64 MiB" in caught.value.message


async def test_an_answer_that_is_no_utf8(tmp_path: Path) -> None:
    with lying_engine(tmp_path, b'{"Name": "a\xff\xfeb"}') as host:
        async with connect(host) as client:
            assert (await client.info())["Name"] == "a\ufffdb"


async def test_an_answer_that_is_nested_too_deep(tmp_path: Path) -> None:
    with lying_engine(tmp_path, b'{"a":' * 3000 + b"1" + b"}" * 3000) as host:
        async with connect(host) as client:
            with pytest.raises(EngineError, match="nested deeper"):
                await client.info()


async def test_a_copy_that_climbs_out_has_a_reason(tmp_path: Path) -> None:
    members = [member("src", kind=tarfile.DIRTYPE), member("src/../../escaped", b"evil")]
    with lying_engine(tmp_path, archive(*members)) as host:
        async with connect(host) as client:
            with pytest.raises(EngineError) as caught:
                await client.copy_from_container("box", "/src", tmp_path / "dst")
    assert caught.value.details["reason"] == "unsafe_archive"
    assert "escaped" not in os.listdir(tmp_path)

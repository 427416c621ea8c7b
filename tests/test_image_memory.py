"""Archives of images of any size: flat memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from .support.bed import Engine
from .support.images import import_image
from .support.memory import GROWTH, MEASURE
from .support.names import Names
from .support.program import printed

SIZE = 300_000_000
SOURCE = (
    MEASURE
    + """
async def main(host, image, path):
    async with connect(host) as client:
        await client.ping()
        before = resident()
        saved = await client.save_image(image, path)
        loaded = await client.load_image(path)
        by_file = peak() - before

        streamed = 0
        async def counted():
            nonlocal streamed
            async for chunk in client.stream_image(image):
                streamed += len(chunk)
                yield chunk

        before = resident()
        loaded += await client.load_image(counted())
        print(saved, streamed, *loaded, by_file, peak() - before)

asyncio.run(main(*sys.argv[1:]))
"""
)


@pytest.mark.slow
@pytest.mark.connections("local")
def test_a_large_image_there_and_back(engine: Engine, name: Names, tmp_path: Path) -> None:
    image = name.image("v1")
    import_image(engine, image, SIZE)
    saved, streamed, *loaded, by_file, by_stream = printed(
        SOURCE, engine.host, image, str(tmp_path / "image.tar"), timeout=600
    ).split()
    assert loaded == [image, image]
    assert int(saved) > SIZE
    assert int(streamed) > SIZE
    for growth in (by_file, by_stream):
        assert int(growth) < GROWTH, f"{int(growth) >> 20} MiB"

"""build_image and registries: pushing what was built, FROM images that need a login, caches."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from ml_nexus_go import BuildFailed, RegistryAuthError, RegistryError

from .conftest import Connect
from .support.bed import Engine, part
from .support.builds import context, fresh

pytestmark = pytest.mark.by_turns

BOTH = pytest.mark.parametrize("builder", ["buildkit", "classic"])


@pytest.fixture
def repository(engine: Engine) -> str:
    """A name in the registry that requires a login."""
    return f"{part('registry-auth')['address']}/mlng-t-{uuid.uuid4().hex[:12]}"


@BOTH
async def test_push_and_from(
    connect_to: Connect, tmp_path: Path, engine: Engine, repository: str, builder: str
) -> None:
    auth, tag = part("registry-auth"), f"{repository}:v1"
    here = context(tmp_path / "c", fresh("RUN echo pushed >/pushed"))
    environ = {"HOME": str(tmp_path)}
    stranger, client = connect_to(environ=environ), connect_to(environ=environ)
    await client.login(auth["address"], auth["username"], auth["password"])
    try:
        if builder == "buildkit":
            with pytest.raises((RegistryAuthError, RegistryError)):
                await stranger.build_image(here, tag, "--push")
            assert await client.build_image(here, tag, "--push") == tag
        else:
            await client.push_image(await client.build_image(here, tag, builder=builder))
        await client.remove_image(tag, force=True)
        user = context(tmp_path / "user", fresh("RUN cat /pushed", image=tag))
        with pytest.raises(BuildFailed) as refused:
            await stranger.build_image(user, builder=builder, options="--pull")
        assert auth["password"] not in f"{refused.value}{refused.value.log}"
        result = await client.build_image(user, builder=builder, options="--pull")
        assert "pushed" in result.log
    finally:
        await _forget(engine, tag)


@pytest.mark.engines("new")
async def test_a_cache_in_a_registry(connect_to: Connect, tmp_path: Path) -> None:
    cache = f"{part('registry')['address']}/mlng-t-{uuid.uuid4().hex[:12]}:cache"
    here = context(tmp_path / "c", fresh("RUN echo cached"))
    client = connect_to()
    await client.build_image(here, options=f"--cache-to type=registry,ref={cache}")
    result = await client.build_image(here, options=f"--cache-from {cache}")
    assert result.cached_steps == 1


async def _forget(engine: Engine, tag: str) -> None:
    engine.docker("image", "rm", "-f", tag, check=False)

"""Images and registries: pull, push, look, login and logout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import seconds, text
from .._display.image_progress import ImageProgressCallback
from .._errors import InvalidArgument
from .._wire.generated.methods import IMAGE_DISTRIBUTION, IMAGE_LOGIN, IMAGE_LOGOUT, IMAGE_PULL, IMAGE_PUSH
from .image_transfers import ImageTransfers

if TYPE_CHECKING:
    from .._results.images import Distribution, PullResult, PushResult
    from .._wire.generated.images import (
        DistributionRequest,
        LoginRequest,
        LogoutRequest,
        PullRequest,
        PushRequest,
        RegistryLogin,
    )


class Registry(ImageTransfers):
    """Methods that talk to a registry, through the engine.

    The login comes from docker's settings on this machine, wherever the engine
    is: config.json, credential helpers, DOCKER_AUTH_CONFIG; or from ``login``; or from
    the keywords ``username`` and ``password``, or ``token`` (an identity token). No
    message contains a secret.

    ``on_progress`` is called with a LayerProgress or a TransferStatus; ``progress=True``
    draws a bar for each layer if stderr is a terminal (it needs rich).
    """

    async def pull_image(
        self,
        ref: str,
        *,
        platform: str | None = None,
        all_tags: bool = False,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> PullResult:
        """Pull an image: without a tag, latest; with ``all_tags``, every tag of the repository.

        Raises ImageNotFound, RegistryAuthError, RegistryError (``details["reason"]`` is
        "unreachable", "certificate", "plain_http", "garbage"...), OperationTimeout after
        ``timeout`` seconds. Complete layers always stay on the engine.
        """
        request: PullRequest = {
            "image": text(ref, "ref"),
            "platform": None if platform is None else text(platform, "platform"),
            "all_tags": all_tags,
            "login": login_fields(username, password, token),
            "environ": self._environ_changed(),
        }
        result = await self._transfer_image(IMAGE_PULL(request), on_progress, progress, timeout)
        return _results.images.PullResult(result["image"], result["digest"], result.get("id", ""), result["up_to_date"])

    async def push_image(
        self,
        tag: str,
        *,
        platform: str | None = None,
        all_tags: bool = False,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> PushResult:
        """Push an image to the registry that its name begins with.

        With ``all_tags``, ``tag`` is a repository. ``platform`` pushes one of several
        platforms (API 1.46). Errors are those of pull_image; ImageNotFound means that the
        engine lacks the image.
        """
        request: PushRequest = {
            "image": text(tag, "tag"),
            "platform": None if platform is None else text(platform, "platform"),
            "all_tags": all_tags,
            "login": login_fields(username, password, token),
            "environ": self._environ_changed(),
        }
        result = await self._transfer_image(IMAGE_PUSH(request), on_progress, progress, timeout)
        return _results.images.PushResult(result["image"], result["digest"], result["digests"])

    async def login(
        self,
        registry: str = "",
        username: str | None = None,
        password: str | None = None,
        *,
        token: str | None = None,
        store: bool = False,
        timeout: float | None = None,
    ) -> str:
        """Check a login with a registry ("" is Docker Hub) and use it from now on.

        It lasts as long as this client. With ``store`` it is stored where ``docker login``
        stores it: in the credential helper that docker's settings name, else unencrypted
        in config.json. Returns the engine's message ("Login Succeeded"). Raises
        RegistryAuthError, RegistryError.
        """
        login = login_fields(username, password, token)
        if login is None:
            raise InvalidArgument("login needs a username and a password, or a token")
        request: LoginRequest = {
            "registry": text(registry, "registry"),
            "login": login,
            "store": store,
            "environ": self._environ_changed(),
        }
        return (await self._watch(IMAGE_LOGIN(request), seconds(timeout, "timeout"), None))["status"]

    async def logout(self, registry: str | None = None, *, timeout: float | None = None) -> bool:
        """Forget the login to a registry (None is Docker Hub), as ``docker logout`` does; return whether there was one.

        Both this client's own login and the stored one are removed: from the credential
        helper that docker's settings name, and from config.json. What DOCKER_AUTH_CONFIG has
        stays, and is used. The engine is not asked.
        """
        request: LogoutRequest = {
            "registry": "" if registry is None else text(registry, "registry"),
            "environ": self._environ_changed(),
        }
        return (await self._watch(IMAGE_LOGOUT(request), seconds(timeout, "timeout"), None))["removed"]

    async def inspect_distribution(
        self,
        image: str,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> Distribution:
        """Return what a registry has under an image's name, without pulling it. Without a tag: latest.

        The engine asks the registry. Raises InvalidArgument for what is no name of an image, ImageNotFound,
        RegistryAuthError, RegistryError, OperationTimeout after ``timeout`` seconds.
        """
        request: DistributionRequest = {
            "image": text(image, "image"),
            "login": login_fields(username, password, token),
            "environ": self._environ_changed(),
        }
        document = await self._watch(IMAGE_DISTRIBUTION(request), seconds(timeout, "timeout"), None)
        return _results.images.distribution_of(document)


def login_fields(username: str | None, password: str | None, token: str | None) -> RegistryLogin | None:
    """Return the keywords of a login, None if there are none. Messages contain no value."""
    if username is None and password is None and token is None:
        return None
    return {
        "username": _part(username, "username"),
        "password": _part(password, "password"),
        "token": _part(token, "token"),
    }


def _part(value: str | None, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{name} must be a non-empty str")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"{name} is not Unicode text") from None
    return value

"""Images and registries: pull, push, login."""

from __future__ import annotations

from typing import Any

from .._arguments.checks import seconds, text, without_none
from .._display.image_progress import ImageProgressCallback
from .._errors import InvalidArgument
from .._results.images import PullResult, PushResult
from .image_transfers import ImageTransfers


class Registry(ImageTransfers):
    """Methods that talk to a registry, by way of the engine.

    The login is that of docker's settings on this machine, whatever machine the engine
    is on: config.json, credential helpers, DOCKER_AUTH_CONFIG; or that of ``login``; or
    the keywords ``username`` and ``password``, or ``token`` (an identity token). No
    secret is in any message.

    ``on_progress`` is called with a LayerProgress or a TransferStatus; ``progress=True``
    draws a bar for each layer where stderr is a terminal (it needs rich).
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
        """Pull an image; without a tag: latest, with ``all_tags``: all of the repository.

        Raises ImageNotFound, RegistryAuthError, RegistryError (``details["reason"]`` is
        "unreachable", "certificate", "plain_http", "garbage"...), OperationTimeout after
        ``timeout`` seconds. Layers that are complete stay on the engine in any case.
        """
        login = login_fields(username, password, token)
        request = registry_request(text(ref, "ref"), platform, all_tags, login)
        request["environ"] = self._environ_changed()
        result = await self._transfer_image(b"image.pull", request, on_progress, progress, timeout)
        return PullResult(result["image"], result["digest"], result.get("id", ""), result["up_to_date"])

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

        With ``all_tags``, ``tag`` is a repository. ``platform`` pushes that one of an
        image with several (API 1.46). Errors as for pull_image; ImageNotFound is about
        the engine.
        """
        login = login_fields(username, password, token)
        request = registry_request(text(tag, "tag"), platform, all_tags, login)
        request["environ"] = self._environ_changed()
        result = await self._transfer_image(b"image.push", request, on_progress, progress, timeout)
        return PushResult(result["image"], result["digest"], result["digests"])

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
        """Try a login at a registry ("" is Docker Hub) and use it from now on.

        It lasts as long as this client. With ``store`` it is kept where ``docker login``
        keeps it: in the credential helper that docker's settings name, else, readable,
        in config.json. Returns the engine's word ("Login Succeeded"). Raises
        RegistryAuthError, RegistryError.
        """
        login = login_fields(username, password, token)
        if login is None:
            raise InvalidArgument("login needs a username and a password, or a token")
        request = {
            "registry": text(registry, "registry"),
            "login": login,
            "store": store,
            "environ": self._environ_changed(),
        }
        result = await self._watch(b"image.login", request, seconds(timeout, "timeout"), None)
        return str(result["status"])


def registry_request(image: str, platform: str | None, all_tags: bool, login: dict[str, str] | None) -> dict[str, Any]:
    """Return what pull and push ask for."""
    one = None if platform is None else text(platform, "platform")
    return without_none(image=image, platform=one, all_tags=all_tags, login=login)


def login_fields(username: str | None, password: str | None, token: str | None) -> dict[str, str] | None:
    """Return the keywords of a login, None where there are none. Messages hold no value."""
    given = without_none(username=username, password=password, token=token)
    for name, value in given.items():
        if not isinstance(value, str) or not value:
            raise InvalidArgument(f"{name} must be a str that is not empty")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidArgument(f"{name} is not Unicode text") from None
    return given or None

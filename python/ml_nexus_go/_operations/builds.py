"""Build images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import _results
from .._abi import observing
from .._arguments.checks import LocalPath, Options, local_path, seconds, text
from .._display.build_progress import BuildDisplay, display_mode
from .._display.progress import progress_function
from .._errors import InvalidArgument
from .._wire.generated.methods import IMAGE_BUILD
from .requests import Requests

if TYPE_CHECKING:
    from .._results.builds import BuildEvent, BuildResult
    from .._wire.generated import events
    from .._wire.generated.builds import BuildRequest

BuildCallback = Callable[["BuildEvent"], object]


class Builds(Requests):
    """The method that builds."""

    async def build_image(
        self,
        context_dir: LocalPath,
        tag: str | None = None,
        options: Options = None,
        *,
        dockerfile: str | bytes | None = None,
        builder: str | None = None,
        on_progress: BuildCallback | None = None,
        progress: bool | str = False,
        timeout: float | None = None,
    ) -> BuildResult:
        """Build an image from a folder on this machine, on the client's engine.

        ``options`` are those of ``docker buildx build``, as separate words, joined
        (``" --platform linux/amd64"``) or BuildOptions; ``--file`` is relative to the
        working directory.
        ``dockerfile`` is a Dockerfile's text, instead of a file. Only what changed in the
        folder since the last build is sent.

        ``builder`` is "buildkit" or "classic"; the default is docker's choice
        (DOCKER_BUILDKIT, the engine's setting, BuildKit). ``on_progress`` is called with
        BuildStep, BuildLog, BuildTransfer and BuildWarning as they arrive. ``progress``
        shows the build on stderr: True as docker does, "tty" or "plain".

        Raises BuildFailed (step, exit code, Dockerfile line, last output), PathNotFound
        (no Dockerfile, no context), InvalidArgument (an option that is unknown or that
        the engine does not support), PermissionDenied (an unreadable file), ConnectionLost,
        OperationTimeout after ``timeout`` seconds. A build that is cancelled stops on
        the engine.
        """
        words = self._option_words(options)
        request: BuildRequest = {
            "context": local_path(context_dir, "context_dir"),
            "tag": "" if tag is None else text(tag, "tag"),
            "options": words,
            "environ": self._environ_changed(*(["SSH_AUTH_SOCK"] if "--ssh" in " ".join(words) else [])) or None,
            "dockerfile": None if dockerfile is None else _dockerfile(dockerfile),
            "builder": None if builder is None else text(builder, "builder"),
        }
        limit = seconds(timeout, "timeout")
        callback, mode = progress_function(on_progress), display_mode(progress)
        request["progress"] = callback is not None or mode == "tty" or observing.traces()
        request["plain"] = mode == "plain"
        display = BuildDisplay(mode)

        def listen(fields: events.BuildEvent) -> None:
            event = _results.builds.build_event(fields)
            display.take(fields, event)
            if callback is not None and event is not None:
                callback(event)

        failed = True
        try:
            result = _results.builds.build_result(await self._watch(IMAGE_BUILD(request), limit, listen))
            failed = False
        finally:
            display.close(failed)
        return result


def _dockerfile(value: str | bytes) -> str:
    if isinstance(value, (bytes, bytearray)):
        try:
            return bytes(value).decode("utf-8")
        except UnicodeDecodeError as err:
            raise InvalidArgument(f"dockerfile is not UTF-8 text: {err}") from None
    return text(value, "dockerfile")

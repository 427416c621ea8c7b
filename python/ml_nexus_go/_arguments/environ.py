"""The caller's environment: as it was for the connection, and as it is now for what options name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import InvalidArgument

# Patterns are compiled by the first call that needs them: an import does not.
# What docker's command reads at each call, besides what options name.
RUN_NAMES = ("DOCKER_AUTH_CONFIG", "DOCKER_CONTENT_TRUST", "DOCKER_DEFAULT_PLATFORM")
# What a connection's settings come from: it does not change.
_CONNECTION = r"HOME$|SSH_AUTH_SOCK$|XDG_|DOCKER_(HOST|CONTEXT|CONFIG|CERT_PATH|TLS|API_VERSION)"

# Options of run and exec that may name variables: -e, --env, --env-file, -ite.
_NAMING = r"""(?:^|[\s'"\\])-(?:-env|[a-zA-Z]*e)"""
_TOKEN = r"[^\s='\"]+"
# An element that is several words, with quotes or backslashes in it.
_QUOTED = r"(?s)\s*-(?=.*\s).*[\\'\"]"
_SHORT = r"-[a-zA-Z]*?e(.+)"


class Environ:
    """What a call sees: ``environ`` if one was given, otherwise os.environ at that moment.

    ``opened`` is what the library was given with the connection; only differences are sent.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        if environ is not None and not isinstance(environ, Mapping):
            raise InvalidArgument(f"environ must be a mapping, not {type(environ).__name__}")
        self.given: dict[str, str] | None = None if environ is None else portable(environ)

    def opened(self) -> dict[str, str]:
        """Return the environment to open a connection with."""
        return portable(os.environ) if self.given is None else self.given

    def now(self) -> Mapping[str, str]:
        """Return the environment at this moment."""
        return os.environ if self.given is None else self.given

    def named_by(self, opened: Mapping[str, str], options: Sequence[str], *more: str) -> dict[str, str | None]:
        """Return the changed variables among ``more`` and all that options of run and exec may name.

        None means not set. Docker's parser decides which names count: these are all that it
        can find in the options, and more.
        """
        if opened is self.given:
            return {}
        names = set(more)
        text = " ".join(options)
        if not re.search(_NAMING, text):
            return self._differing(opened, names)
        names.update(options)
        for token in re.findall(_TOKEN, text):
            short = re.match(_SHORT, token)
            names.update((token, short[1]) if short else (token,))
        # The names in a file count too, and those that a shell's quotes hide.
        if "--env-file" in text or any(re.match(_QUOTED, option) for option in options):
            return self.changed(opened, *names)
        return self._differing(opened, names)

    def changed(self, opened: Mapping[str, str], *more: str) -> dict[str, str | None]:
        """Return all changed variables; of the connection's settings, only ``more``."""
        if opened is self.given:
            return {}
        names = {name for name in {*self.now(), *opened} if not re.match(_CONNECTION, name)}
        return self._differing(opened, names.union(more))

    def _differing(self, opened: Mapping[str, str], names: set[str]) -> dict[str, str | None]:
        get = self.now().get
        now = {name: get(name) for name in names}
        return {
            name: value
            for name, value in now.items()
            if value != opened.get(name) and _is_unicode(name) and (value is None or _is_unicode(value))
        }


def environ_of(client: Any) -> Environ:
    """Return the Environ of a client, or of the one that it forwards to."""
    while not isinstance(found := getattr(client, "_environ", None), Environ):
        client = getattr(client, "inner", None)
        if client is None:
            return Environ()
    return found


def portable(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out variables that are not UTF-8: JSON cannot carry them."""
    return {name: value for name, value in environ.items() if _is_unicode(name) and _is_unicode(value)}


def _is_unicode(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)

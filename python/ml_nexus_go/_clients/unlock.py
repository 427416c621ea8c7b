"""Asking for the passphrases of encrypted SSH keys that a login needs."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import Awaitable, Callable, Mapping

from .._errors import AuthenticationFailed, InvalidArgument

PassphraseCallback = Callable[[str], str | Awaitable[str | None] | None]


class Unlock:
    """The first login of a client whose keys may need a passphrase.

    Go never prompts: its login fails and names the keys, and is repeated with what the
    callback returned. The callback runs in the event loop of the first caller.
    """

    def __init__(self, ask: PassphraseCallback) -> None:
        self._ask = ask
        self._known: dict[str, str] = {}
        self.done = False  # whether a login has succeeded
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()

    async def before_use(
        self, log_in: Callable[[], Awaitable[object]], reopen: Callable[[Mapping[str, str]], Awaitable[object]]
    ) -> None:
        """Log in, once for each client; ``reopen`` gets the known passphrases of all keys."""
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            while not self.done:
                try:
                    await log_in()
                    self.done = True
                except AuthenticationFailed as error:
                    await self._answer(error)
                    await reopen(self._known)

    async def _answer(self, error: AuthenticationFailed) -> None:
        asked = False
        for path in error.details.get("locked_keys", ()):
            if path in self._known:
                continue
            answer = self._ask(path)
            if inspect.isawaitable(answer):
                answer = await answer
            if answer is None:
                continue
            if not isinstance(answer, str):
                raise InvalidArgument(f"passphrase must return a str or None, not {type(answer).__name__}")
            self._known[path] = answer
            asked = True
        if not asked:
            raise error

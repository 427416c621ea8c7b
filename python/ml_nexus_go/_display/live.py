"""What a live display shows: no errors that are answers, and names instead of IDs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .._errors import DockerError

Answer = type[BaseException] | Callable[[BaseException], bool]

_answers: ContextVar[tuple[Answer, ...]] = ContextVar("ml_nexus_go_answers", default=())
_names: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("ml_nexus_go_names", default=())


@contextmanager
def expecting(*answers: Answer) -> Iterator[None]:
    """Errors of these classes, or for which these functions return True, are answers.

    They are still raised. Operations in this task and in tasks that it starts report them to
    the display as successes.
    """
    token = _answers.set((*_answers.get(), *answers))
    try:
        yield
    finally:
        _answers.reset(token)


def is_answer(error: BaseException) -> bool:
    """Return whether an error is expected."""
    return any(isinstance(error, answer) if isinstance(answer, type) else answer(error) for answer in _answers.get())


@contextmanager
def naming(container: str, name: str) -> Iterator[None]:
    """Show a container that operations know by its ID by its name, also in errors."""
    token = _names.set((*_names.get(), (container, name)))
    try:
        yield
    except DockerError as error:
        error.message = error.message.replace(container, name)
        error.args = (error.message,)
        raise
    finally:
        _names.reset(token)


def named(text: str) -> str:
    """Return a text for the display, with names of containers instead of IDs."""
    for container, name in _names.get():
        text = text.replace(container, name)
    return text

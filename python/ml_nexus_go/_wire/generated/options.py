# Written by go run ./tools/wire. Change the Go side instead.
"""What core/options.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class OptionsRequest(TypedDict):
    """OptionsRequest asks how docker reads the options of a command: "run" or "exec"."""

    command: str
    options: list[str]
    # operands says that Options are a command line: each is one word, and the options end before the first that is not
    # one, as after docker run.
    operands: NotRequired[bool | None]


class OptionsResult(TypedDict):
    """OptionsResult is what options say, in their order."""

    # words are the options as separate words.
    words: list[str]
    flags: list[GivenFlag]
    # operands are the words after the options of a command line.
    operands: list[str]


class GivenFlag(TypedDict):
    """GivenFlag is a flag as it was given: by its long name, the one that docker's help shows, with its value. A
    switch's value is "true" or "false".
    """

    name: str
    value: str

# Written by go run ./tools/wire. Change the Go side instead.
"""What core/options.go puts into requests, results and events."""

from __future__ import annotations

from typing import TypedDict


class OptionsRequest(TypedDict):
    """OptionsRequest asks how docker reads the options of a command: "run" or "exec"."""

    command: str
    options: list[str]


class OptionsResult(TypedDict):
    """OptionsResult is what options say, in their order."""

    # words are the options as separate words.
    words: list[str]
    flags: list[GivenFlag]


class GivenFlag(TypedDict):
    """GivenFlag is a flag as it was given: by its long name, the one that docker's help shows, with its value. A
    switch's value is "true" or "false".
    """

    name: str
    value: str

"""How a script gets into a container and runs there.

ml_nexus's base64 runner gets the script as one word of its command line, which is limited
to 128 KiB. Here bash itself is the runner: it reads the script from its stdin, its command
line or a file, and prints the same banner lines around the same output. As before, the
script is piped into a second bash, whose commands find it on stdin.
"""

from __future__ import annotations

import re

from .._errors import CommandFailed, InvalidArgument

RUNNER = "/usr/local/bin/base64_runner.sh"
_FIRST_LINE = "Running base64 encoded script..."
# What the engine, or an entrypoint that was given bash as its command, says where there is none.
_NO_BASH = re.compile(r"""exec: "bash": |\bbash['"]?: (?:not found|No such file)|exec bash failed""")

# What a failure's message shows of the output before the script's own: the script itself, which
# may have secrets in it. The error's stdout has it.
_SHOWN_SCRIPT = re.compile(r"(\nstdout: ).*?======  END  SCRIPT ======\s*", re.DOTALL)

# $1: nothing (the script comes by stdin), "words" or "file"; then the script, or its file.
_PROGRAM = f"""
case ${{1-}} in
words) shift; script=$(printf %s "$@") ;;
file) script=$(cat -- "$2") || exit 125; rm -f -- "$2" 2>/dev/null ;;
*) script=$(cat) ;;
esac
echo "{_FIRST_LINE}"
echo "====== BEGIN SCRIPT ======"
printf '%s\\n' "$script"
echo "======  END  SCRIPT ======"
printf '%s\\n' "$script" | bash
status=$?
echo "Base64 encoded script executed with exit status $status"
exit $status
"""

# A word of a command line has 128 KiB at most on Linux.
LONGEST_WORD = 96 << 10
# All words together, with the environment: 2 MiB.
_LONGEST_COMMAND = 3 << 19

# PID 1 of a persistent container: it ends at once when it is stopped, and reaps.
SLEEP = ["bash", "-c", "trap 'exit 0' TERM INT; sleep infinity & wait"]


def by_stdin() -> list[str]:
    """The command that reads the script from stdin."""
    return ["bash", "-c", _PROGRAM, RUNNER]


def by_words(script: str) -> list[str]:
    """The command that contains the script. Raises InvalidArgument if it is too long."""
    size = len(encoded(script))
    if size > _LONGEST_COMMAND:
        raise InvalidArgument(
            f"the script has {size} bytes: with a terminal (-t), detached (-d) or with --attach it is part of the "
            f"command line, which takes {_LONGEST_COMMAND}; leave that option out, or let the script read a file"
        )
    step = LONGEST_WORD // 4  # characters, of 4 bytes at most
    return [*by_stdin(), "words", *(script[at : at + step] for at in range(0, len(script), step))]


def by_file(path: str) -> list[str]:
    """The command that reads the script from a file in the container, and removes it."""
    return [*by_stdin(), "file", path]


def encoded(script: str) -> bytes:
    """Return a script's bytes. Raises InvalidArgument for what bash cannot read."""
    if not isinstance(script, str):
        raise InvalidArgument(f"a script must be a str, not {type(script).__name__}")
    if "\0" in script:
        raise InvalidArgument("the script has a NUL character, which bash cannot read")
    return script.encode("utf-8", "surrogateescape")


def with_init(scripts: list[str], script: str) -> str:
    """Put the builder's scripts before a script."""
    encoded(script)
    init = "\n".join(scripts)
    return f"\n{init}\n{script}\n"


def explained(error: CommandFailed, where: str) -> CommandFailed:
    """Leave the script out of the message, and say so if the container has no bash.

    But not if it has one, and another program was not found: one that --entrypoint names.
    """
    error.message = _SHOWN_SCRIPT.sub(r"\1", error.message, count=1)
    error.args = (error.message,)
    said = f"{error.message}\n{error.stderr}"
    if error.exit_code in (126, 127) and _FIRST_LINE not in error.stdout and _NO_BASH.search(said):
        error.message = (
            f"{where} has no bash, which stands for the base64 runner ({RUNNER}) that runs scripts: "
            f"install bash in the image, or use docker_client.run_container with a command that it has "
            f"({error.message})"
        )
        error.args = (error.message,)
    return error

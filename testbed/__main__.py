"""The command line: ``python3 -m testbed COMMAND``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from types import FrameType

from . import bed, registered, root, runner
from .errors import TestbedError
from .log import say
from .state import Entry


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m testbed", description="Real parts for tests, bench and examples.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    names = ", ".join(registered.PARTS)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=f"{text}. Parts: {names}.")

    up = add("up", "start parts that do not run yet, and print all running parts as JSON")
    up.add_argument("parts", nargs="+", metavar="PART")
    up.add_argument("--user", help=argparse.SUPPRESS)
    add("status", "print all parts, and whether they answer, as JSON")
    add("down", "take down parts, or everything").add_argument("parts", nargs="*", metavar="PART")
    run = add("run", "bring parts up, run a command, take down what was started")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="PART... -- CMD ARGS")
    for action in ("restart", "stop", "start", "kill"):
        add(action, f"{action} the daemon of an engine or sshd; data and addresses stay").add_argument("part")
    add("cut", "cut a fleet's node off the network").add_argument("part")
    add("mend", "connect a node that was cut off").add_argument("part")
    add("off", "end a fleet's node at once, with all that runs there, as if its power failed").add_argument("part")
    release = commands.add_parser("release")
    release.add_argument("user")
    return parser


def _print(parts: dict[str, Entry]) -> None:
    print(json.dumps({"parts": parts}, indent=2, sort_keys=True))


def _run(words: list[str]) -> int:
    if "--" not in words or words[-1] == "--":
        raise TestbedError("usage: python3 -m testbed run PART... -- CMD ARGS")
    at = words.index("--")
    registered.ordered(set(words[:at]))
    return runner.run(words[:at], words[at + 1 :])


def _as_root(args: argparse.Namespace) -> None:
    if args.command == "up":
        _print(bed.up(args.parts, args.user))
    elif args.command == "down":
        bed.down(args.parts)
    elif args.command == "release":
        bed.release(args.user)
    else:
        _print(bed.control(args.command, args.part))


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: list[str]) -> int:
    args = _parser().parse_args(argv)
    try:
        if args.command == "run":
            return _run(args.words)
        if args.command == "status":
            _print(bed.status())
            return 0
        if not root.is_root():
            words = root.command(argv)
            os.execvp(words[0], words)
        signal.signal(signal.SIGTERM, _interrupted)
        _as_root(args)
    except TestbedError as err:
        say(str(err))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What users do. Each operation checks its own answer and its side effects, and removes what it made."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

from ..world import World
from . import ends, execs, files, host_files, hurried, images, ports, programs, questions, runs, streams

Operation = Callable[[World, str, random.Random], Awaitable[None]]

OPERATIONS: dict[str, Operation] = {
    each.__name__.replace("_", "-"): each
    for each in (
        runs.run, runs.run_unbroken, runs.run_with_input, runs.terminal, runs.followed_log, runs.lifecycle,
        execs.execute, execs.durable, execs.stdin,
        streams.attach, streams.events, streams.stats,
        files.copies, files.file_access, files.write_cut_short,
        host_files.upload, host_files.sync_to_host, host_files.sync_from_host, host_files.sync_from_container,
        images.build, images.registry, images.transfer, images.archive,
        ports.forward,
        ends.cancelled, ends.timed_out, hurried.interrupted, hurried.hurried,
        programs.killed_program,
        questions.questions,
    )
}  # fmt: skip

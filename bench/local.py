"""Work on the local engine."""

from __future__ import annotations

from functools import partial

from . import operations as do
from .kit import local_kit
from .line import AIODOCKER, FLOOR, TODAY, Group, at_most, below, speed
from .lists import add_comparisons, fifty_containers
from .output_work import add_output_work
from .samples import add_stats
from .small_files import READ, small_file

local = Group("local", local_kit)
GROUPS = [local]

local.line("exec true", do.EXEC, rounds=60, targets=(at_most(1.1, FLOOR), below(AIODOCKER)))
local.line("run --rm true", do.RUN, rounds=20, targets=(at_most(1.05, FLOOR),))
local.line("20 execs at once", do.execs(20, 20), rounds=8, amount=(20, "execs"), targets=(speed(1.0, FLOOR),))
local.line("list, 50 containers", do.LIST, rounds=20, around=fifty_containers,
           targets=(speed(10, TODAY), speed(1.0, AIODOCKER)))  # fmt: skip
add_comparisons(local, rounds=20)
local.line("read a file of 1 KB", READ, rounds=20, around=small_file, targets=(below(TODAY),))
add_stats(local, rounds=3)
local.line("stdout of an exec, 300 MB", do.STDOUT, rounds=7, amount=(do.MEGABYTES, "MB"),
           targets=(speed(1.0, AIODOCKER),))  # fmt: skip
add_output_work(local, rounds=7)
BIG_FILE = partial(do.something_to_copy, make=do.big_file)
MANY_FILES = partial(do.something_to_copy, make=do.many_files)
local.line("copy a file of 300 MB in", do.copy_of("big"), rounds=15, amount=(do.MEGABYTES, "MB"),
           targets=(speed(1.0, TODAY),), around=BIG_FILE, after=do.empty_target)  # fmt: skip
local.line("copy 10,000 files of 1 KB in", do.copy_of("many"), rounds=5,
           targets=(speed(1.0, TODAY),), around=MANY_FILES, after=do.empty_target)  # fmt: skip
local.line("200 execs at once", do.execs(200, 200), rounds=3, amount=(200, "execs"), targets=(speed(1.0, FLOOR),))

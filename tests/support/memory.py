"""Resident memory of a program that is started for it."""

from __future__ import annotations

# What a transfer of any size may add, in bytes.
GROWTH = 64 << 20

# The beginning of such a program: resident() now, peak() since then, in bytes.
MEASURE = """
import asyncio, sys
from pathlib import Path
from ml_nexus_go import connect

def status(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) << 10

def resident():
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    except OSError:
        pass
    return status("VmRSS")

def peak():
    return status("VmHWM")
"""

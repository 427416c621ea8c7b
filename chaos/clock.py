"""This process's wall clock, which a fault sets forward and back; the machine's own is not touched.

Python, libc and Go all read it through ``clock_gettime`` of the vDSO, which is this process's own copy as soon as
something is written into it.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
from pathlib import Path

_VDSO, _FUNCTION = "linux-vdso.so.1", "__vdso_clock_gettime"
_CODE_AT = 16  # in the page of it, which begins with the seconds that are added

# clock_gettime(edi, rsi) by the system call, and then tv_sec += what is added, if the clock is CLOCK_REALTIME (0).
_CALL = bytes.fromhex("b8e4000000 0f05 85ff 7510 48ba")  # mov eax, 228; syscall; test edi, edi; jnz end; mov rdx, ...
_ADD = bytes.fromhex("488b12 480116 c3")  # mov rdx, [rdx]; add [rsi], rdx; end: ret
_JUMP = bytes.fromhex("48b8"), bytes.fromhex("ffe0")  # mov rax, ...; jmp rax

_ahead: ctypes.c_int64 | None = None


def can_jump() -> bool:
    """Return whether this machine's clock can be replaced."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"


def prepare() -> None:
    """Replace the clock, before the library is loaded: nobody else must read it meanwhile."""
    global _ahead
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    everything = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    # Never unmapped: the interpreter reads the clock when it has removed its objects, too.
    page = libc.mmap(None, ctypes.c_size_t(mmap.PAGESIZE), everything, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    code = _CALL + page.to_bytes(8, "little") + _ADD
    ctypes.memmove(page + _CODE_AT, code, len(code))
    function = ctypes.cast(getattr(ctypes.CDLL(_VDSO), _FUNCTION), ctypes.c_void_p).value or 0
    first, end = _mapped(function)  # the kernel changes the rights of the whole of it only
    for rights in (everything, mmap.PROT_READ | mmap.PROT_EXEC):
        if libc.mprotect(ctypes.c_void_p(first), ctypes.c_size_t(end - first), rights):
            raise OSError(ctypes.get_errno(), "the vDSO cannot be written to")
        if rights & mmap.PROT_WRITE:
            jump = _JUMP[0] + (page + _CODE_AT).to_bytes(8, "little") + _JUMP[1]
            ctypes.memmove(function, jump, len(jump))
    _ahead = ctypes.c_int64.from_address(page)


def _mapped(address: int) -> tuple[int, int]:
    """Return where the mapping with an address begins and ends."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        first, end = (int(text, 16) for text in line.split()[0].split("-"))
        if first <= address < end:
            return first, end
    raise LookupError(hex(address))


def set_ahead(seconds: int) -> None:
    """Let the clock show so many seconds more than the machine's; 0 is right again."""
    assert _ahead is not None, "prepare() was not called"
    _ahead.value = seconds

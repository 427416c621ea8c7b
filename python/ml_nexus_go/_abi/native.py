"""The shared library by ctypes: signatures, loading on first use, status codes.

Nothing here runs at import: a process that has only imported the package may fork.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from .._errors import ClientClosed, DockerError, ForkedProcessError, InternalError
from .._errors.ends import CLOSED
from . import limits, signals

ABI_MAJOR = 1
ABI_MINOR = 0

OK, EINVAL, EHANDLE, ERANGE, EFORKED, ECLOSED, EPANIC = range(7)

_NAMES = ("OK", "EINVAL", "EHANDLE", "ERANGE", "EFORKED", "ECLOSED", "EPANIC")

_u64, _size, _p = ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p
_SIGNATURES: dict[str, tuple[type, ...]] = {
    "mlng_queue_open": (_p, _p),
    "mlng_queue_read": (_u64, _p, _size, _p, _p),
    "mlng_queue_close": (_u64,),
    "mlng_submit": (_u64, _u64, _u64, ctypes.c_char_p, ctypes.c_char_p, _size, _p, _size, _p),
    "mlng_op_cancel": (_u64,),
    "mlng_op_write": (_u64, _p, _size),
    "mlng_op_grant": (_u64, _u64),
}


class Library:
    """The functions of ``ml_nexus_go.h``. Each returns a status."""

    def __init__(self, path: Path) -> None:
        # PyDLL keeps the GIL: no function blocks, and releasing and reacquiring it
        # costs more than most of them.
        try:
            dll = ctypes.PyDLL(str(path))
        except OSError as err:
            raise InternalError(
                f"the library {path} cannot be loaded ({err}): install the package again (pip install .)"
            ) from err
        version = getattr(dll, "mlng_abi_version", None)
        if version is None:
            raise InternalError(f"{path} is not an ml_nexus_go library: it lacks mlng_abi_version")
        version.restype = ctypes.c_uint32
        version.argtypes = ()
        check_version(version(), path)
        dll.mlng_build_info.restype = ctypes.c_char_p
        dll.mlng_build_info.argtypes = ()
        info: bytes = dll.mlng_build_info()
        self.build_info = info.decode()

        def function(name: str) -> Callable[..., int]:
            symbol = getattr(dll, name)
            symbol.restype = ctypes.c_int32
            symbol.argtypes = _SIGNATURES[name]
            return symbol  # type: ignore[no-any-return]

        self.queue_open = function("mlng_queue_open")
        self.queue_read = function("mlng_queue_read")
        self.queue_close = function("mlng_queue_close")
        self.submit = function("mlng_submit")
        self.op_cancel = function("mlng_op_cancel")
        self.op_write = function("mlng_op_write")
        self.op_grant = function("mlng_op_grant")
        self.queue_close(0)  # there is no such queue: it returns when Go has started


def check_version(version: int, path: Path) -> None:
    """Refuse a library of another major version, or of an older minor one."""
    major, minor = version >> 16, version & 0xFFFF
    if major != ABI_MAJOR:
        raise InternalError(
            f"{path} has ABI version {major}.{minor} and this package needs {ABI_MAJOR}.x: "
            "both come from one build, install the package again"
        )
    if minor < ABI_MINOR:
        raise InternalError(
            f"{path} has ABI version {major}.{minor}, older than the {ABI_MAJOR}.{ABI_MINOR} "
            "this package needs: build it again"
        )


def default_path() -> Path:
    """Return where build.sh puts the library."""
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    return Path(__file__).parents[1] / "_lib" / f"libml_nexus_go{suffix}"


_library: Library | None = None
_loading = threading.Lock()


def library() -> Library:
    """Return the library, loaded on the first call."""
    global _library
    if _library is None:
        with _loading:
            if _library is None:
                limits.check_address_space()
                with limits.open_files_kept(), signals.left_to_python():
                    _library = Library(default_path())
    return _library


def loaded() -> Library | None:
    """Return the library if it was loaded."""
    return _library


def failure(status: int, function: str) -> DockerError:
    """Return the exception for a status that is not OK."""
    if status == EFORKED:
        return ForkedProcessError(
            "the library was loaded before this process was forked: "
            "use multiprocessing's spawn or forkserver, or make the first call after the fork",
            op=function,
        )
    if status in (ECLOSED, EHANDLE):
        return ClientClosed(CLOSED, op=function)
    name = _NAMES[status] if 0 <= status < len(_NAMES) else str(status)
    return InternalError(f"the library reports {name}", op=function)

"""Typed options: docker's flags as keywords."""

from .generated.build import BuildOptions
from .generated.exec import ExecOptions
from .generated.run import RunOptions
from .generated.update import UpdateOptions

__all__ = ["BuildOptions", "ExecOptions", "RunOptions", "UpdateOptions"]

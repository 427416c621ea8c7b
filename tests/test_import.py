"""What importing the package does: next to nothing."""

from __future__ import annotations

import ml_nexus_go

from .support.program import printed


def test_an_import_loads_no_library_and_starts_no_thread() -> None:
    seen = printed(
        """
        import os
        from pathlib import Path
        before = len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))
        import ml_nexus_go
        assert "libml_nexus_go" not in Path("/proc/self/maps").read_text(), "the library was loaded"
        assert (len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))) == before
        client = ml_nexus_go.connect("unix:///does/not/exist")
        assert "libml_nexus_go" not in Path("/proc/self/maps").read_text(), "connect loaded the library"
        print(repr(client))
        """
    )
    assert seen == "<LocalDockerClient 'unix:///does/not/exist' not connected yet>\n"


def test_an_import_needs_no_package_but_the_standard_library() -> None:
    printed(
        """
        import sys
        before = set(sys.modules)  # an environment may load some at its start
        import ml_nexus_go
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        foreign = new - sys.stdlib_module_names - {"ml_nexus_go"}
        assert not foreign, foreign
        """
    )


def test_an_import_makes_only_the_results_of_commands() -> None:
    seen = printed(
        """
        import sys
        import ml_nexus_go
        print(*sorted(name.split(".")[2] for name in sys.modules if name.startswith("ml_nexus_go._results.")))
        """
    )
    assert seen == "command documents ml_nexus output progress\n"


def test_public_classes_name_the_package_in_every_order() -> None:
    """Whether a class is had from the package or from a result; exceptions name the room that tracebacks show."""
    printed(
        """
        import ml_nexus_go
        from ml_nexus_go._results.networks import Network
        from ml_nexus_go import *
        assert Network.__module__ == "ml_nexus_go" and Network is ml_nexus_go.Network
        public = [getattr(ml_nexus_go, name) for name in ml_nexus_go.__all__]
        classes = [one for one in public if isinstance(one, type) and not issubclass(one, Exception)]
        assert len(classes) > 60
        other = [one for one in classes if one.__module__ != "ml_nexus_go"]
        assert not other, other
        """
    )


def test_the_package_is_typed() -> None:
    assert ml_nexus_go.__file__ is not None
    with open(ml_nexus_go.__file__.replace("__init__.py", "py.typed")) as marker:
        assert marker.read() == ""

"""The public names and their documentation."""

from __future__ import annotations

import inspect

import pytest

import ml_nexus_go

METHODS = sorted(
    name for name, value in inspect.getmembers(ml_nexus_go.DockerClient, callable) if not name.startswith("_")
)


def test_every_exported_name_exists_and_nothing_else_is_public() -> None:
    public = {
        name
        for name in {*vars(ml_nexus_go), *ml_nexus_go.__all__}  # some are loaded when they are asked for
        if not name.startswith("_") and not inspect.ismodule(getattr(ml_nexus_go, name)) and name != "annotations"
    }
    assert set(ml_nexus_go.__all__) == public
    assert sorted(ml_nexus_go.__all__, key=str.lower) == sorted(set(ml_nexus_go.__all__), key=str.lower)


@pytest.mark.parametrize("name", ml_nexus_go.__all__)
def test_every_exported_name_is_documented(name: str) -> None:
    value = getattr(ml_nexus_go, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), name
        assert value.__doc__, f"{name} has only an inherited docstring"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_a_client_is_documented(name: str) -> None:
    method = getattr(ml_nexus_go.DockerClient, name)
    assert method.__doc__, name


def test_methods_of_other_public_classes_are_documented() -> None:
    for owner in (ml_nexus_go.ContainerProcess, ml_nexus_go.CommandResult, ml_nexus_go.ProcessStdin):
        for name, value in vars(owner).items():
            if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert value.__doc__, f"{owner.__name__}.{name}"


def test_a_client_cannot_be_made_of_the_abstract_class() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ml_nexus_go.DockerClient()  # type: ignore[abstract]


@pytest.mark.parametrize("name", METHODS)
def test_methods_have_annotations(name: str) -> None:
    for parameter in inspect.signature(getattr(ml_nexus_go.DockerClient, name)).parameters.values():
        if parameter.name != "self":
            assert parameter.annotation is not inspect.Parameter.empty, parameter


def test_ml_nexus_methods_keep_their_positional_arguments() -> None:
    expected = {
        "run_container": ["image", "command", "options"],
        "exec_container": ["container", "command"],
        "copy_to_container": ["src", "container", "dst"],
        "copy_from_container": ["container", "src", "dst"],
        "stop_container": ["container"],
        "list_containers": [],
        "container_exists": ["container"],
        "container_is_running": ["container"],
        "mkdir_in_container": ["container", "path"],
    }
    for method, names in expected.items():
        signature = inspect.signature(getattr(ml_nexus_go.DockerClient, method))
        positional = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert positional[1 : 1 + len(names)] == names, method

"""Arguments mean the same in each method, and one of a wrong type is refused before anything is sent."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import AsyncIterator, Callable
from itertools import product
from pkgutil import iter_modules
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, _results, connect

METHODS: dict[str, Callable[..., Any]] = {
    name: method
    for name, method in inspect.getmembers(DockerClient, inspect.isfunction)
    if not name.startswith("_") and name not in ("aclose",)
}


def parameters(method: str) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(METHODS[method]).parameters.items())[1:])


def having(name: str) -> list[str]:
    return [method for method in METHODS if name in parameters(method)]


# Values for parameters, by their names; "text" for others that must be given.
GIVEN: dict[str, Any] = {"command": ["true"], "rows": 1, "columns": 1}
GIVEN |= dict.fromkeys(("src", "dst", "local", "remote", "source", "destination", "path"), "/mlng/a/b/c")
OFTEN = {"username": "me", "password": "secret"}


@pytest.fixture
async def nowhere() -> AsyncIterator[DockerClient]:
    """A client of an engine that does not exist: what is sent fails as EngineUnreachable."""
    async with connect("unix:///mlng/nowhere", reconnect_timeout=0.1) as client:
        yield client


async def refusal(client: DockerClient, method: str, **wrong: Any) -> str:
    """Call a method with one argument of a wrong type, and return what it says."""
    known = parameters(method)
    needed = {name for name, value in known.items() if value.default is inspect.Parameter.empty}
    arguments = {name: GIVEN.get(name, "text") for name in needed} | {
        name: value for name, value in OFTEN.items() if name in known
    }
    if "to" in needed:
        arguments["to"] = client
    with pytest.raises(InvalidArgument) as failure:
        await whole(getattr(client, method), **arguments | wrong)
    return failure.value.message


async def whole(method: Callable[..., Any], **arguments: Any) -> None:
    """Call a method, and wait for its result, or for all of them."""
    answer = method(**arguments)
    if inspect.isawaitable(answer):
        await answer
    else:
        async for _ in answer:
            pass


GRACE = ["restart_container", "stop_container"]


def test_each_method_that_shows_progress_has_its_three_arguments() -> None:
    assert having("progress") == having("on_progress")
    assert set(having("progress")) <= set(having("timeout"))
    for method in having("progress"):
        assert parameters(method)["on_progress"].default is None
        assert parameters(method)["progress"].default in (None, False)


@pytest.mark.parametrize("method", sorted({*having("timeout"), *having("queue_timeout")} - set(GRACE)))
async def test_a_time_limit_is_a_positive_number_of_seconds(nowhere: DockerClient, method: str) -> None:
    limits = [name for name in ("timeout", "queue_timeout") if name in parameters(method)]
    for name, wrong in product(limits, ("5", 0, -1, float("nan"), float("inf"), True)):
        says = await refusal(nowhere, method, **{name: wrong})
        assert says == f"{name} must be a positive number of seconds or None, not {wrong!r}"


@pytest.mark.parametrize("method", GRACE)
async def test_a_grace_period_has_one_name_at_a_time(nowhere: DockerClient, method: str) -> None:
    for name in ("grace_period", "timeout"):
        says = await refusal(nowhere, method, **{name: "5"})
        assert says == f"{name} must be a number of seconds, -1 or None, not '5'"
    assert "give grace_period alone" in await refusal(nowhere, method, grace_period=1, timeout=1)


@pytest.mark.parametrize("method", having("on_progress"))
async def test_progress_goes_to_a_plain_function(nowhere: DockerClient, method: str) -> None:
    async def awaited(_: object) -> None:
        """Nobody would await this."""

    class Awaited:
        async def __call__(self, _: object) -> None:
            """Nor this."""

    for wrong in (5, "print", True):
        assert "on_progress must be a function, or None" in await refusal(nowhere, method, on_progress=wrong)
    for asynchronous in (awaited, Awaited()):
        assert "on_progress must be a plain function" in await refusal(nowhere, method, on_progress=asynchronous)
    for wrong in (5, "yes"):
        assert (await refusal(nowhere, method, progress=wrong)).startswith("progress must be ")


def wrong_values(annotation: Any) -> list[Any]:
    """Return values that an annotation does not allow; none where nearly everything is allowed."""
    allowed = set(typing.get_args(annotation) if isinstance(annotation, types.UnionType) else [annotation])
    if bool in allowed and str not in allowed:
        return ["no", 1]
    if allowed <= {str, type(None)}:
        return [5, b"x", ["x"]]
    if allowed <= {int, type(None)}:
        return ["x", 1.5, True]
    return []


# Results load when they are used: the modules of methods have their names only for type checkers.
RESULTS = {
    name: value
    for module in iter_modules(_results.__path__)
    for name, value in vars(getattr(_results, module.name)).items()
    if isinstance(value, (type, types.UnionType))
}


def wrong_arguments(method: str) -> list[tuple[str, Any]]:
    annotations = typing.get_type_hints(METHODS[method], localns=RESULTS, include_extras=True)
    found = [(name, wrong) for name in parameters(method) for wrong in wrong_values(annotations[name])]
    return found + [("filters", wrong) for wrong in (5, b"a=b") if "filters" in parameters(method)]


CHECKED = [method for method in METHODS if wrong_arguments(method)]


def test_each_method_with_arguments_has_one_that_is_checked() -> None:
    assert {method for method in METHODS if parameters(method)} - {
        *CHECKED,
        *having("timeout"),
        *having("queue_timeout"),
    } == set()


@pytest.mark.parametrize("method", CHECKED)
async def test_an_argument_of_a_wrong_type_is_named(nowhere: DockerClient, method: str) -> None:
    for name, wrong in wrong_arguments(method):
        says = await refusal(nowhere, method, **{name: wrong})
        assert says.startswith(f"{name} must be "), (name, wrong, says)

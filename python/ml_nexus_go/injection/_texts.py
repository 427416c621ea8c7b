"""An operation in readable form: docker's command for it."""

from __future__ import annotations

import inspect
import shlex
from functools import cache
from typing import Any

from .._arguments.checks import shown_words
from .._clients.docker_client import DockerClient
from .._display.masking import masked_command, masked_options, masked_text
from ..environments._runner import RUNNER

_LONGEST = 200

_TEMPLATES = {
    "run_container": "run {options} {image} {command}",
    "start_run": "run {options} {image} {command}",
    "exec_container": "exec {options} {container} {command}",
    "start_exec": "exec {options} {container} {command}",
    "build_image": "build {options} -t {tag} {context_dir}",
    "push_image": "push {tag}",
    "pull_image": "pull {ref}",
    "tag_image": "tag {src} {dst}",
    "remove_image": "rmi {image}",
    "list_images": "images",
    "copy_to_container": "cp {src} {container}:{dst}",
    "copy_from_container": "cp {container}:{src} {dst}",
    "mkdir_in_container": "exec {container} mkdir -p {path}",
    "stop_container": "stop {container}",
    "start_container": "start {container}",
    "restart_container": "restart {container}",
    "kill_container": "kill -s {signal} {container}",
    "remove_container": "rm {container}",
    "wait_container": "wait {container}",
    "rename_container": "rename {container} {name}",
    "inspect_container": "inspect {container}",
    "container_state": "inspect {container}",
    "container_exists": "inspect {container}",
    "container_is_running": "inspect {container}",
    "list_containers": "ps -a",
    "login": "login {registry}",
}
# Of other operations these arguments are shown; never one that might be a secret.
_SHOWN = frozenset(
    ("container", "image", "ref", "tag", "src", "dst", "source", "destination", "local", "remote", "path", "name")
)


def command_text(target: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return an operation's text, without what may be secret."""
    where = "" if target in ("", "local") else f" -H {masked_text(target)}"
    try:
        values = _signature(method).bind(*args, **kwargs)
    except TypeError:  # the call itself says what is wrong
        return f"docker{where} {method}"
    values.apply_defaults()
    template = _TEMPLATES.get(method)
    if template is None:
        shown = [_word(value) for name, value in values.arguments.items() if name in _SHOWN and value is not None]
        return " ".join([f"docker{where}", method.replace("_", "-"), *shown])
    texts = {name: _text(name, value) for name, value in values.arguments.items()}
    return " ".join(f"docker{where} {template.format(**texts)}".split())


@cache
def _signature(method: str) -> inspect.Signature:
    whole = inspect.signature(getattr(DockerClient, method))
    return whole.replace(parameters=list(whole.parameters.values())[1:])


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "options":
        return shlex.join(masked_options(shown_words(value)))
    if name == "command" and not isinstance(value, str):
        return _command(list(value))
    return _short(masked_text(str(value)))


def _command(words: list[str]) -> str:
    if RUNNER in words:
        return f"bash {RUNNER}"
    return _short(" ".join(shlex.quote(word) for word in masked_command(list(map(str, words)))))


def _word(value: Any) -> str:
    return _short(shlex.quote(masked_text(str(value))))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

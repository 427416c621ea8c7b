"""build, pull, push and transfer."""

from __future__ import annotations

import io
import os
import re
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import click

from ... import BuildOptions, DockerClient
from ..._options import values
from ..printing.output import Option, json_option, print_json, size
from ..work import Session

# What the class of the options says of each.
_TOLD = re.compile(r"``(\w+)``: (.*)")

quiet_option: Option = click.option("-q", "--quiet", is_flag=True, help="No progress.")
platform_option: Option = click.option("--platform", help="Like linux/arm64.")


def _build_options() -> list[click.Option]:
    """Return docker's options of a build."""
    told = dict(_TOLD.findall(BuildOptions.__doc__ or ""))
    short = {"tag": ["-t"], "file": ["-f"], "quiet": ["-q"], "output": ["-o"], "memory": ["-m"], "cpu_shares": ["-c"]}
    options = []
    for name, write in BuildOptions.kinds.items():
        names = [f"given_{name}", *short.get(name, ()), f"--{name.replace('_', '-')}"]
        if write in (values.switch, values.mode):
            options.append(click.Option(names, is_flag=True, help=told[name]))
        else:
            kind = click.Path() if write is values.path else click.STRING
            options.append(click.Option(names, multiple=True, type=kind, help=told[name]))
    return [*options, click.Option(["values", "--switch"], multiple=True, hidden=True)]


class _Build(click.Command):
    """Also takes --rm=false: click's switches have no values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of a command line."""
        switches = {option for one in self.params if getattr(one, "is_flag", False) for option in one.opts}
        return super().parse_args(
            ctx, [f"--switch={word}" if word.partition("=")[0] in switches and "=" in word else word for word in args]
        )


def _given_words(given: dict[str, Any]) -> list[str]:
    """Return options as docker's parser reads them."""
    words = []
    for name, value in given.items():
        flag = "--" + name.removeprefix("given_").replace("_", "-")
        if value is True:
            words.append(flag)
        else:
            words += [word for one in value or () for word in (flag, one)]
    return words


@contextmanager
def _context_of_stdin() -> Iterator[tuple[str, bytes | None]]:
    """Give the folder, and the Dockerfile, of what stdin has: an archive, or a Dockerfile."""
    data = sys.stdin.buffer.read()
    with TemporaryDirectory(prefix="ml-nexus-go-") as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                archive.extractall(folder, filter="tar")
        except tarfile.ReadError:
            yield folder, data
        else:
            yield folder, None


@click.command(cls=_Build, params=_build_options())
@click.argument("context", type=click.Path())
@click.pass_obj
def build(
    session: Session,
    /,
    context: str,
    values: tuple[str, ...],
    given_file: tuple[str, ...],
    given_quiet: bool,
    **given: Any,
) -> None:
    """Build an image, as docker buildx build does.

    CONTEXT is a folder, usually ".", or - for an archive or a Dockerfile from stdin; --file - reads the Dockerfile.
    """
    words = [*_given_words(given), *values]
    text: bytes | None = None
    if given_file[-1:] == ("-",):
        if context == "-":
            raise click.UsageError("stdin cannot be both the context and the Dockerfile")
        text = sys.stdin.buffer.read()
    elif given_file:
        words += ["--file", given_file[-1]]

    async def work(client: DockerClient) -> None:
        if context != "-":
            result = await client.build_image(context, None, words, dockerfile=text, progress=not given_quiet)
        else:
            with _context_of_stdin() as (folder, dockerfile):
                if given_file:
                    words[-1] = os.path.join(folder, words[-1])
                result = await client.build_image(folder, None, words, dockerfile=dockerfile, progress=not given_quiet)
        click.echo(result.image_id)

    session.do(work)


@click.command()
@click.argument("image")
@platform_option
@click.option("-a", "--all-tags", is_flag=True, help="All tags of the repository.")
@quiet_option
@json_option
@click.pass_obj
def pull(session: Session, image: str, platform: str | None, all_tags: bool, quiet: bool, as_json: bool) -> None:
    """Pull an image from its registry."""

    async def work(client: DockerClient) -> None:
        result = await client.pull_image(image, platform=platform, all_tags=all_tags, progress=not quiet)
        print_json(result) if as_json else click.echo(result.digest or result.image_id)

    session.do(work)


@click.command()
@click.argument("image")
@platform_option
@click.option("-a", "--all-tags", is_flag=True, help="All tags of the repository.")
@quiet_option
@json_option
@click.pass_obj
def push(session: Session, image: str, platform: str | None, all_tags: bool, quiet: bool, as_json: bool) -> None:
    """Push an image to its registry."""

    async def work(client: DockerClient) -> None:
        result = await client.push_image(image, platform=platform, all_tags=all_tags, progress=not quiet)
        print_json(result) if as_json else click.echo(result.digest)

    session.do(work)


@click.command()
@click.argument("image")
@click.argument("target")
@json_option
@click.pass_obj
def transfer(session: Session, image: str, target: str, as_json: bool) -> None:
    """Move an image to the engine at TARGET, without a registry: only the layers that it lacks."""

    async def work(client: DockerClient) -> None:
        async with session.client(target) as to:
            result = await client.transfer_image(image, to, progress=True)
        if as_json:
            print_json(result)
        else:
            click.echo(f"{result.image_id} ({size(result.bytes_sent)} sent)")

    session.do(work)


COMMANDS = (build, pull, push, transfer)

"""build, pull, push and transfer."""

from __future__ import annotations

import sys

import click

from ... import DockerClient
from ..output import Option, json_option, print_json, size
from ..work import Session

platform_option: Option = click.option("--platform", help="Like linux/arm64.")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[DOCKER'S OPTIONS] CONTEXT")
@click.option("-t", "--tag", help="The image's name.")
@click.option("-f", "--file", "dockerfile", type=click.Path(), help="The Dockerfile; - reads it from stdin.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the image's ID.")
@click.pass_obj
def build(session: Session, words: tuple[str, ...], tag: str | None, dockerfile: str | None, quiet: bool) -> None:
    """Build an image, as docker buildx build does. The CONTEXT is the last word."""
    if not words:
        raise click.UsageError("build needs a CONTEXT: a folder, usually .")
    *options, context = words
    text: str | bytes | None = None
    if dockerfile == "-":
        text = sys.stdin.buffer.read()
    elif dockerfile is not None:
        options += ["--file", dockerfile]

    async def work(client: DockerClient) -> None:
        result = await client.build_image(context, tag, options, dockerfile=text, progress=not quiet)
        click.echo(result.image_id)

    session.do(work)


@click.command()
@click.argument("image")
@platform_option
@click.option("-a", "--all-tags", is_flag=True, help="All tags of the repository.")
@json_option
@click.pass_obj
def pull(session: Session, image: str, platform: str | None, all_tags: bool, as_json: bool) -> None:
    """Pull an image from its registry."""

    async def work(client: DockerClient) -> None:
        result = await client.pull_image(image, platform=platform, all_tags=all_tags, progress=True)
        print_json(result) if as_json else click.echo(result.digest or result.image_id)

    session.do(work)


@click.command()
@click.argument("image")
@platform_option
@click.option("-a", "--all-tags", is_flag=True, help="All tags of the repository.")
@json_option
@click.pass_obj
def push(session: Session, image: str, platform: str | None, all_tags: bool, as_json: bool) -> None:
    """Push an image to its registry."""

    async def work(client: DockerClient) -> None:
        result = await client.push_image(image, platform=platform, all_tags=all_tags, progress=True)
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

"""Docker's ``--filter``."""

from __future__ import annotations

import click

from .output import Option

filter_option: Option = click.option(
    "-f", "--filter", "filters", multiple=True, metavar="NAME=VALUE", help="Only what fits."
)


def filters_of(given: tuple[str, ...]) -> dict[str, list[str]] | None:
    """Return filters as methods take them."""
    filters: dict[str, list[str]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} must be NAME=VALUE", param_hint="--filter")
        filters.setdefault(name.strip(), []).append(value)
    return filters or None

"""docs/compare.md is made of the code that tools/compare.sh runs."""

from __future__ import annotations

import re

from bench.compare import page
from bench.compare.listing import CLIENTS, FOLDER, TASKS

SOURCE = '''\
"""Do a thing, and another."""

import json
from collections import Counter

from bench.compare.stage import Stage

NOTES = {"docker_py": "Slowly."}
CANNOT = {"aiodocker": "It has no things."}


async def ours(client):
    await client.do(json)


def docker_py(client):
    # Twice.
    return _twice(client)


def _twice(client):

    return Counter(client)


async def check(stage: Stage) -> None:
    assert stage
'''


def test_the_page_is_made_of_the_tasks() -> None:
    assert page.PAGE.read_text() == page.written(), "run: python -m bench.compare.page"


def test_each_client_does_each_task_or_the_page_says_why_not() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == set(TASKS)
    for name, task in page.load().items():
        assert task.code.keys() | task.cannot.keys() == set(CLIENTS), name
        assert not task.code.keys() & task.cannot.keys(), name
        assert "ours" in task.code, name


def test_a_task_is_read_with_the_imports_and_functions_that_its_code_needs() -> None:
    task = page.read(SOURCE)
    assert task.title == "Do a thing, and another."
    assert task.code["ours"] == "import json\n\nasync def ours(client):\n    await client.do(json)"
    assert task.code["docker_py"].startswith("from collections import Counter\n\ndef docker_py(client):\n")
    assert task.code["docker_py"].endswith("def _twice(client):\n\n    return Counter(client)")
    assert page.lines(task.code["docker_py"]) == 5
    text = page.page({"thing": task}, "docker==1\naiodocker==2\npython-on-whales==3\n")
    assert "| [Do a thing](#do-a-thing) | 3 | 5 | *no* | *no* |" in text
    assert "**docker-py**: Slowly." in text
    assert "**aiodocker**: It has no things.\n\n**python-on-whales**" in text


def test_links_of_the_page_lead_to_its_headings() -> None:
    text = page.PAGE.read_text()
    titles = re.findall(r"^## (.*)", text, re.MULTILINE)
    headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == headings

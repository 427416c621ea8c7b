"""--format beside docker's own: the same fields, tables, JSON and refusals."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from ml_nexus_go.cli.printing.output import ago, bytes_size, quoted, size
from ml_nexus_go.cli.printing.ports import displayed
from ml_nexus_go.cli.printing.template import Fields, FormatError, Row, read

from .support.bed import Engine
from .support.command import Cli
from .support.names import Names

NAMES = (
    "Command CreatedAt ID Image Labels LocalVolumes Mounts Names Networks Platform Ports RunningFor Size State Status"
)


def same(cli: Cli, engine: Engine, *words: str) -> None:
    """Ages and states move while two commands run: what docker says before and after counts."""
    while True:
        before, ours, after = engine.docker(*words).stdout, cli(*words)[0], engine.docker(*words).stdout
        if ours in (before, after) or before == after:
            assert ours in (before, after), words
            return


@pytest.fixture
def two(engine: Engine, name: Names, image: str) -> list[str]:
    """Containers with ports, volumes and labels that need quotes; the first one runs."""
    mine = [name(), name()]
    label = ["--label", f"of={mine[0]}", "--label", 'a<b="x&y"', "--label", "com.x.two-words=2"]
    ports = ["-p", "127.0.0.1::80", "--expose", "90-91"]
    more = ["-v", "/a-long-place-for-a-volume", "--tmpfs", "/t", "-v", "/etc:/mnt:ro"]
    engine.docker("run", "-d", "--name", mine[0], *label, *ports, *more, image, "sleep", "600")
    engine.docker("create", "--name", mine[1], *label, image, "sh", "-c", "echo 'a\ttab' \"é\" and more")
    return mine


@pytest.mark.connections("local")
def test_formats_are_dockers(cli: Cli, engine: Engine, two: list[str]) -> None:
    found = ["ps", "-a", "--filter", f"label=of={two[0]}"]
    same(cli, engine, *found, "-s", "--format", "table")
    same(cli, engine, *found, "--format", "json", "--no-trunc")
    same(
        cli, engine, *found, "--format", r'table {{.Names}}\t{{json .Ports}}\t{{.Label "com.x.two-words"}}\t{{.Mounts}}'
    )
    lines = r'{{ .ID }}\t{{upper .State}} {{lower .Names}}: {{.Label "none"}}\n{{json .}}\n'
    same(
        cli, engine, *found, "--format", lines + "".join(f"{{{{.{one}}}}}|{{{{json .{one}}}}}" for one in NAMES.split())
    )
    out, err = cli(*found, "-q", "--format", "{{.Names}}")
    theirs = engine.docker(*found, "-q", "--format", "{{.Names}}")
    assert (out, err) == (theirs.stdout, theirs.stderr)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_formats_of_stats_and_events(cli: Cli, engine: Engine, two: list[str]) -> None:
    layout = r"table {{.Container}}\t{{.Name}}\t{{.ID}}\t{{.PIDs}}"  # what stays the same for a second
    same(cli, engine, "stats", "--no-stream", "--format", layout, two[0])
    layout = "{{json .}} {{.MemUsage}} {{.MemPerc}} {{.CPUPerc}} {{.NetIO}} {{.BlockIO}}"
    shapes = [
        re.sub(r"\d[\d.]*(e\+\d+)?([kKMG]i?)?", "N", printed)
        for words in [["stats", "--no-stream", "--format", layout, two[0]]]
        for printed in (cli(*words)[0], engine.docker(*words).stdout)
    ]
    assert shapes[0] == shapes[1]
    until = engine.docker("inspect", "-f", "{{.State.StartedAt}}", two[0]).stdout.strip()
    since = engine.docker("inspect", "-f", "{{.Created}}", two[0]).stdout.strip()
    layout = (
        "{{json .}} {{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.image}} {{.Actor.Attributes.none}} "
        r"{{.Actor.Attributes}}\t{{json .Actor.Attributes}} {{.Time}} {{.TimeNano}} {{.Scope}} {{.Status}} {{.ID}}"
    )
    same(
        cli, engine, "events", "--since", since, "--until", until, "--filter", f"container={two[0]}", "--format", layout
    )


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_a_bad_format_exits_as_docker_does(cli: Cli, engine: Engine) -> None:
    for words, code in ((["ps"], 1), (["events", "--until", "0s"], 64), (["stats", "--no-stream"], None)):
        if code is not None:  # docker's stats prints nothing then, and exits with 0
            theirs = engine.docker(*words, "--format", "{{.Nosuch}}", check=False, stdin=subprocess.DEVNULL)
            assert theirs.returncode == code
        out, err = cli(*words, "--format", "{{.Nosuch}}", code=code or 1)
        assert (out, err.startswith("ml-nexus-go: --format: there is no field .Nosuch")) == ("", True)


MORE = ["", "table", "raw", "pretty", "{{range .}}", "{{- .A}}", "{{.A | json}}", "{{.}}", "{{slice .A 0 1}}", "{{.A"]


@pytest.mark.parametrize("layout", [*MORE, "table {{json .}}"])
def test_what_is_more_than_is_supported_is_refused(layout: str) -> None:
    with pytest.raises(FormatError, match=r"supported|leave out table|closing braces"):
        read(layout, Fields({"A": "A"}))


def test_a_fault_names_the_fields() -> None:
    with pytest.raises(FormatError, match=r"no field \.B: those are \.A, \.C"):
        read("{{.B}}", Fields({"A": "A", "C": "C"}))


def test_fields_show_no_control_characters() -> None:
    (line,) = read("{{.A}}\t{{json .A}}", Fields({"A": "A"})).lines([Row({"A": "a\x1b[31m\nb"})])
    assert line == 'a\\x1b[31m\\nb\t"a\\u001b[31m\\nb"'


AGES = [
    (0.5, "Less than a second"),
    (61, "About a minute"),
    (3540, "59 minutes"),
    (3700, "About an hour"),
    (5500, "2 hours"),
    (47 * 3600, "47 hours"),
    (49 * 3600, "2 days"),
    (15 * 86400, "2 weeks"),
    (61 * 86400, "2 months"),
    (800 * 86400, "2 years"),
]


@pytest.mark.parametrize(("seconds", "says"), AGES)
def test_ages_are_dockers(seconds: float, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Still(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Still:
            return cls(2026, 1, 2, tzinfo=timezone.utc)

    monkeypatch.setattr("ml_nexus_go.cli.printing.output.datetime", Still)
    assert ago(Still.now() - timedelta(seconds=seconds)) == f"{says} ago"


def test_sizes_and_texts_are_dockers() -> None:
    assert [size(0), size(999), size(1000)] == ["0B", "999B", "1kB"]
    assert [size(1_234_567), size(1_234_567, 3)] == ["1.235MB", "1.23MB"]
    assert [bytes_size(1023), bytes_size(1536), bytes_size(24 << 30)] == ["1023B", "1.5KiB", "24GiB"]
    assert quoted('a"b\\\t\x01\x7f é\u200b') == r'"a\"b\\\t\x01\x7f é\u200b"'


def test_ports_that_follow_each_other_are_one_range() -> None:
    def port(inside: int, outside: int = 0, ip: str = "", kind: str = "tcp") -> dict[str, object]:
        given: dict[str, object] = {"PrivatePort": inside, "Type": kind}
        return {**given, "PublicPort": outside, "IP": ip} if ip else given

    bare = [port(82), port(81), port(85), port(53, kind="udp")]
    published = [port(80, 80, "::"), port(90, 8090, "::"), port(1, 1, "0.0.0.0"), port(2, 2, "0.0.0.0")]
    expected = "81-82/tcp, 0.0.0.0:1-2->1-2/tcp, 53/udp, [::]:80->80/tcp, 85/tcp, [::]:8090->90/tcp"
    assert sorted(displayed([*bare, *published]).split(", ")) == sorted(expected.split(", "))

"""Secrets in what people read: errors, and the texts of commands and options."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, DockerClient, DockerError, InvalidArgument
from ml_nexus_go._arguments.shell_text import expanded
from ml_nexus_go._display.masking import masked_command, masked_options, masked_text, program_of

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("--log-opt splunk-token=hidden", "--log-opt splunk-token=***"),
        ("--log-opt=splunk-token=hidden", "--log-opt=splunk-token=***"),
        ("--label a=hidden -l b=hidden -lc=hidden", "--label a=*** -l b=*** -lc=***"),
        ("-e K=hidden -itd --rm", "-e K=*** -itd --rm"),
        ("-ite K=hidden", "-ite K=***"),
        ("-e -hidden", "-e ***"),
        ("-e NAME --env OTHER", "-e NAME --env OTHER"),
        ("--mount type=volume,volume-opt=o=password=hidden", "--mount type=***"),
        ("--health-cmd hidden", "--health-cmd ***"),
        ("--secret id=a,env=hidden --annotation x=hidden", "--secret id=*** --annotation x=***"),
        ("--storage-opt size=hidden --some-new-option hidden", "--storage-opt size=*** --some-new-option ***"),
        ("--cache-to type=s3,secret_access_key=hidden", "--cache-to type=***"),
        ("--network host --gpus all -v /a:/b:ro -w /x", "--network host --gpus all -v /a:/b:ro -w /x"),
        ("-v/a:/b -u0 -m1g --name=n -t x:1", "-v/a:/b -u0 -m1g --name=n -t x:1"),
    ],
)  # fmt: skip
def test_options_show_what_is_known_to_be_harmless(words: str, shown: str) -> None:
    assert " ".join(masked_options(words.split())) == shown


@pytest.mark.parametrize(
    "text",
    [
        "PGPASSWORD=hidden psql",
        "cd /x && A='hid den' B=\"hid den\" run",
        "(TOKEN=hidden; run)",
        "export X=$(echo hidden) Y=`echo hidden`",
        "run --password hidden",
        "run --password=hidden -api_key hidden --db.password='hidden'",
        "curl -H 'Authorization: Bearer hidden' https://me:hidden@host/x",
        'curl -H "X-Api-Key: hidden"',
        'echo \'{"password": "hidden", "token":"hidden"}\'',
        "login hf_hiddenhidden ghp_hiddenhidden0 eyJhiddenhidden.hidden.hidden",
        "env A=hidden\nB=hidden run",
    ],
)
def test_a_command_does_not_show_secrets(text: str) -> None:
    shown = masked_text(text)
    assert "hid" not in shown
    assert "***" in shown


def test_words_of_a_command() -> None:
    words = ["run", "--password", "hidden", "--token=hidden", "--verbose", "A=hidden", "--auth", "--x"]
    assert masked_command(words) == ["run", "--password", "***", "--token=***", "--verbose", "A=***", "--auth", "--x"]


@pytest.mark.parametrize(
    "text",
    [
        "sh -c 'echo one; echo two words; printf unfinished; exit 3'",
        "python train.py --lr 0.1 --epochs=10 --tokenizer=gpt2 --max-tokens=5 model.lr=3",
        'if [ "$x" = y ]; then ls -l /a | grep -v b; fi',
        "pip install torch==2.1 && git checkout 3f786850e387550fdab836ed7e6dc881de23001b",
        "rsync host:/a /b; ssh -p 22 me@host ls",
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert masked_text(text) == text


def test_a_long_command_takes_no_time() -> None:
    for text in ("a" * 10**6, "a-" * 10**6, '"' * 10**6, "A=" * 10**6, "token" * 10**6, "$(" * 10**6):
        began = time.thread_time()
        masked_text(text)
        program_of(text)
        assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("PGPASSWORD=hidden psql -c 'bad'; exit 3", "psql"),
        ("A='hid den' B=\"hid den\" sh -c 'exit 3'", "sh"),
        ("(TOKEN=hidden; exit 3)", "(TOKEN=***;"),
        ("exit 3", "exit"),
    ],
)
async def test_an_error_names_the_program_and_no_secret(
    client: DockerClient, box: str, script: str, program: str
) -> None:
    with pytest.raises(CommandFailed) as caught:
        await client.exec_container(box, script, shell=True)
    assert caught.value.message.startswith(f"'{program}' in container {box} ended with exit code"), str(caught.value)
    assert "hid" not in str(caught.value).replace("psql: not found", "")


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "=hidden"],
        ['--env K="hidden --rm'],
        ["--label", "=hidden"],
        ["--log-opt", "=hidden"],
        ["--env", "A\0=hidden"],
        ["--mount", "type=volume,volume-opt=o=password=hidden,bad"],
        ["--secret-hidden-option=hidden"],
    ],
)
async def test_an_error_about_options_shows_no_value(client: DockerClient, image: str, options: Any) -> None:
    with pytest.raises(DockerError) as caught:
        await client.run_container(image, ["true"], [*options, "--rm"])
    assert "hidden" not in str(caught.value).replace("secret-hidden-option", "")


@pytest.mark.parametrize(
    "options",
    [
        ["--build-arg", "=hidden"],
        ["--label==hidden"],
        ["--secret", "id=a,hidden"],
        ["--cache-to", "type=s3,secret_access_key=hidden"],
        ["--build-context", "a=https2://me:hidden@host/x"],
    ],
)
async def test_an_error_about_a_builds_options_shows_no_value(
    client: DockerClient, tmp_path: Path, options: list[str]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(DockerError) as caught:
        await client.build_image(tmp_path, options=options)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "option",
    ["-e TOKEN=hidden$(x)", "--env=TOKEN=hidden`x`", "TOKEN=hidden$(x)"],
)
def test_an_error_about_what_only_a_shell_can_do_shows_no_value(option: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        expanded([option], {})
    assert "hid" not in str(caught.value)


async def test_an_error_about_text_shows_nothing_around_it(client: DockerClient, box: str) -> None:
    with pytest.raises(InvalidArgument, match="not UTF-8") as caught:
        await client.exec_container(box, ["true"], ["-e", "TOKEN=hidden\udcff"])
    assert "hidden" not in str(caught.value)

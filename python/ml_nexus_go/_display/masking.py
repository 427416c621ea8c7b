"""Hides secrets in what people read: errors, events and logs.

Options that are known to be harmless are shown; the value of any other is not, and of
NAME=VALUE only the name. In commands, variables that are set, and values named as a password,
a token or the like are hidden, and so are logins in URLs, HTTP headers of logins, and tokens
with a known prefix. A secret that is a bare argument of a program looks like any other
argument: put secrets into ``-e NAME``, ``--env-file`` or a file.
"""

from __future__ import annotations

import re

HIDDEN = "***"

# Options whose values are shown, by docker run, exec and build.
_SHOWN = frozenset((
    "add-host", "attach", "a", "blkio-weight", "builder", "cap-add", "cap-drop", "cgroup-parent", "cgroupns",
    "cidfile", "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime", "cpu-shares", "c", "cpus",
    "cpuset-cpus", "cpuset-mems", "detach-keys", "device", "device-cgroup-rule", "device-read-bps",
    "device-read-iops", "device-write-bps", "device-write-iops", "dns", "dns-option", "dns-search",
    "domainname", "entrypoint", "env-file", "expose", "file", "f", "gpus", "group-add", "health-interval",
    "health-retries", "health-start-interval", "health-start-period", "health-timeout", "hostname", "h",
    "iidfile", "ip", "ip6", "ipc", "isolation", "kernel-memory", "label-file", "link", "link-local-ip",
    "log-driver", "mac-address", "memory", "m", "memory-reservation", "memory-swap", "memory-swappiness",
    "metadata-file", "name", "net", "net-alias", "network", "network-alias", "no-cache-filter", "oom-score-adj",
    "pid", "pids-limit", "platform", "progress", "publish", "p", "pull", "restart", "runtime", "security-opt",
    "shm-size", "stop-signal", "stop-timeout", "sysctl", "tag", "t", "target", "tmpfs", "ulimit", "user", "u",
    "userns", "uts", "volume", "v", "volume-driver", "volumes-from", "workdir", "w",
))  # fmt: skip
# Short options that take no value and may stand before one that does: -ite NAME=VALUE.
_FLAGS = frozenset("diqtP")
# The value of these follows whatever it looks like; of others, a word that begins with a dash
# is the next option.
_ALWAYS_VALUED = frozenset(
    ("e", "l", "env", "label", "log-opt", "build-arg", "annotation", "storage-opt", "secret", "mount", "health-cmd")
)

_VALUE = r"""(?:"(?:\\.|[^"\\])*"?|'[^']*'?|\$\([^)]*\)?|`[^`]*`?|\\.|[^\s;&|<>"'`\\])+"""
_SECRET = (
    r"(?:pass(?:words?|wd|phrase|code)?|pwd|secrets?|token|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|credentials?|auth(?:orization|[-_]?key)?)(?![a-z])"
)
_ASSIGNMENT = rf"(?<![\w.\-$])([A-Za-z_]\w*)=(?!=){_VALUE}"
_LEADING = rf"\s*(?:[A-Za-z_]\w*=(?:{_VALUE})?\s+)+"
# As text: re compiles what is used, when it is used.
_RULES = (
    # A login in a URL, and headers of logins.
    (r"(://[^/\s:@]*):[^/\s@]+@", rf"\1:{HIDDEN}@"),
    (r"(?i)\b((?:proxy-)?authorization\s*:\s*(?:basic|bearer|token)?)\s*[^\s'\"]+", rf"\1 {HIDDEN}"),
    (r"(?i)\b(bearer)\s+[\w.~+/=-]+", rf"\1 {HIDDEN}"),
    (rf"(?i)(?<![\w.-])([\w.-]*{_SECRET}[\w-]*[\"']?\s*:\s*){_VALUE}", rf"\1{HIDDEN}"),
    # --password WORD, --password=WORD, db.password=WORD, "password": "WORD"
    (rf"(?i)((?<![\w-])--?[\w.-]*{_SECRET}[\w.-]*(?:=|\s+))(?!-){_VALUE}", rf"\1{HIDDEN}"),
    (rf"(?i)(?<![\w.-])([\w.-]*{_SECRET}[\w-]*=){_VALUE}", rf"\1{HIDDEN}"),
    (_ASSIGNMENT, rf"\1={HIDDEN}"),
    # Tokens of services.
    (
        r"\b(?:hf_|gh[pousr]_|github_pat_|glpat-|sk-|xox[abprs]-|AKIA|ASIA|eyJ)[\w-]{8,}(?:\.[\w-]+)*",
        HIDDEN,
    ),
)  # fmt: skip
_NAMED = rf"(?i)--?[\w.-]*{_SECRET}[\w.-]*"
# Nobody reads more than this of a command, in characters.
_READ = 4096


def masked_text(text: str) -> str:
    """Hide what may be secret in a shell's text or one word of a command."""
    if len(text) > _READ:
        text = f"{text[:_READ]}..."
    for pattern, instead in _RULES:
        text = re.sub(pattern, instead, text)
    return text


def masked_command(words: list[str]) -> list[str]:
    """Hide what may be secret in a command's words."""
    shown: list[str] = []
    secret = False
    for word in words:
        shown.append(HIDDEN if secret and not word.startswith("-") else masked_text(word))
        secret = re.fullmatch(_NAMED, word) is not None
    return shown


def program_of(text: str) -> str:
    """Return the first word of a shell's text that does not set a variable."""
    text = text[:_READ]
    leading = re.match(_LEADING, text)
    words = text[leading.end() if leading else 0 :].split(maxsplit=1)
    return masked_text(words[0]) if words else ""


def masked_options(words: list[str]) -> list[str]:
    """Hide the values of docker's options, except those that are known to be harmless."""
    shown: list[str] = []
    waiting = ""  # the option that the next word is the value of
    for word in words:
        if waiting and (waiting in _ALWAYS_VALUED or not word.startswith("-")):
            shown.append(_value(waiting, word))
            waiting = ""
            continue
        flag, name, value = _split(word)
        shown.append(flag if value is None else flag + _value(name, value))
        waiting = name if value is None else ""
    return shown


def _split(word: str) -> tuple[str, str, str | None]:
    """Split an option from a value in the same word: what is shown of it, its name, the value."""
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        return (f"--{name}{equals}", name, value) if equals else (word, name, None)
    if not word.startswith("-"):
        return "", "", word
    letters = word[1:]
    at = 0
    while at < len(letters) - 1 and letters[at] in _FLAGS:
        at += 1
    name, rest = letters[at : at + 1], letters[at + 1 :]
    if not rest:
        return word, name, None
    equals = "=" if rest.startswith("=") else ""
    return f"-{letters[: at + 1]}{equals}", name, rest[len(equals) :]


def _value(name: str, value: str) -> str:
    if name in _SHOWN:
        return masked_text(value)
    key, equals, _ = value.partition("=")
    if re.fullmatch(r"[A-Za-z_][\w.\-/]*", key) is None or (not equals and name not in ("e", "env", "build-arg")):
        return HIDDEN
    return f"{key}={HIDDEN}" if equals else key  # -e NAME takes it from the environment

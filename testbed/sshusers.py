"""The users who may log in at the testbed's sshd, besides the machine's own.

They are in files of the testbed that only its sshd see instead of /etc/passwd and
/etc/shadow: the machine's users do not change.
"""

from __future__ import annotations

import os
from pathlib import Path

NOBODY = "mlngnoperm"
# Login shells that are not POSIX shells, by what is appended to an alias of the ssh config.
# Their users have root's number: they may use every engine.
SHELLS = {"tcsh": "/usr/bin/tcsh", "csh": "/usr/bin/bsd-csh", "fish": "/usr/bin/fish"}
PACKAGES = ("tcsh", "csh", "fish")
_NOBODYS_UID = 60990  # beyond what systems give to people
_NOGROUP = 65534


def name_of(shell: str) -> str:
    """Return the name of the user with this login shell."""
    return f"mlng{shell}"


def write(etc: Path, home: Path) -> None:
    """Write the files; ``home`` is the home of all these users, and belongs to the one without rights."""
    etc.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    os.chown(home, _NOBODYS_UID, _NOGROUP)
    users = {NOBODY: f"{_NOBODYS_UID}:{_NOGROUP}::{home}:/bin/sh"}
    users |= {name_of(shell): f"0:0::{home}:{program}" for shell, program in SHELLS.items()}
    passwd = [line for line in Path("/etc/passwd").read_text().splitlines() if line.partition(":")[0] not in users]
    passwd += [f"{name}:x:{rest}" for name, rest in users.items()]
    # '*' is no password, but not a locked account, which sshd refuses without PAM: many
    # machines lock root.
    shadow = [line for line in Path("/etc/shadow").read_text().splitlines()
              if line.partition(":")[0] not in (*users, "root")]  # fmt: skip
    shadow += [f"{name}:*:19000:0:99999:7:::" for name in ("root", *users)]
    (etc / "passwd").write_text("".join(f"{line}\n" for line in passwd))
    (etc / "shadow").touch(mode=0o600)
    (etc / "shadow").write_text("".join(f"{line}\n" for line in shadow))

"""Fails on a known vulnerability of a linked Go package that docs/supply-chain.md does not list.

python3 tools/vulnerabilities.py [DATABASE]   a URL of Go's vulnerability database, or
                                              file:///FOLDER; by default Go's own

Many reports name a module and no package, and count for all of its packages: a person has to
read what they are about, and the page says what came out. Run build.sh before.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/supply-chain.md"
PROGRAMS = ["./capi", "./backends/engine/agent/program"]
GOVULNCHECK = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"


def messages(text: str) -> list[dict[str, Any]]:
    """Split the objects that govulncheck prints one after the other."""
    decoder = json.JSONDecoder()
    found, at = [], 0
    while at < len(text):
        message, at = decoder.raw_decode(text, at)
        found.append(message)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def reported(text: str) -> dict[str, str]:
    """Return the reports about packages that are linked: their numbers, and where they are."""
    findings = [message["finding"] for message in messages(text) if "finding" in message]
    return {
        finding["osv"]: f"{finding['trace'][0]['module']} {finding['trace'][0].get('version', '')}"
        for finding in findings
        if finding["trace"][0].get("package")
    }


def listed(page: str) -> set[str]:
    """Return the reports that a page lists in a table."""
    return {number for row in page.splitlines() if row.startswith("|") for number in re.findall(r"GO-\d+-\d+", row)}


def main(database: list[str]) -> int:
    """Ask the database, and compare with the page."""
    source = [f"-db={url}" for url in database]
    command = ["go", "run", GOVULNCHECK, *source, "-scan=package", "-format=json", *PROGRAMS]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found = reported(done.stdout)
    new = sorted(found.keys() - listed((ROOT / PAGE).read_text()))
    for number in new:
        print(f"{number}: {found[number]}, which {PAGE} does not list: https://pkg.go.dev/vuln/{number}")
    print(f"vulnerabilities: {len(found)} reports about linked packages, {len(new)} of them new")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

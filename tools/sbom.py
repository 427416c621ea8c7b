"""Writes a software bill of materials (CycloneDX, JSON) of Go binaries to the standard output.

python tools/sbom.py BINARY...    the library; the agents in it may be compressed by gzip

It lists what is linked, as `go version -m` reads it from the binaries, not what go.mod
requires. The same binaries give the same bytes. Licences are those of THIRD_PARTY_NOTICES.txt.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
STANDARD_LIBRARY = "Go standard library"  # its name in THIRD_PARTY_NOTICES.txt

Document = dict[str, Any]


def build_info(binary: Path) -> Document:
    """Return what Go wrote into a binary: {GoVersion, Main, Deps, ...}."""
    with tempfile.NamedTemporaryFile() as unpacked:
        if binary.suffix == ".gz":
            unpacked.write(gzip.decompress(binary.read_bytes()))
            unpacked.flush()
            os.chmod(unpacked.name, 0o700)  # Go reads executable files only
            binary = Path(unpacked.name)
        done = subprocess.run(["go", "version", "-m", "-json", str(binary)], stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    info: Document = found[0] if isinstance(found, list) else found
    return info


def licences() -> dict[str, str]:
    """Return each module's SPDX expression, from the table of the notices."""
    lines = (ROOT / "THIRD_PARTY_NOTICES.txt").read_text().splitlines()
    return {row[0]: row[2] for row in (line.split("\t") for line in lines) if len(row) == 3}


def component(name: str, release: str, purl: str, licence: str, checksum: str = "") -> Document:
    """Describe one part."""
    purl = f"{purl}@{quote(release, safe='')}"
    made: Document = {"type": "library", "bom-ref": purl, "name": name, "version": release, "purl": purl}
    made["licenses"] = [{"expression": licence}]
    if checksum:
        # Of go.sum: of the module's list of files, not of one file.
        made["properties"] = [{"name": "go:sum", "value": checksum}]
    return made


def linked(infos: list[Document]) -> list[Document]:
    """Describe the modules and the standard library of all binaries."""
    known = licences()
    unknown = {m["Path"] for info in infos for m in info.get("Deps", ())} - known.keys()
    if unknown:
        sys.exit(f"THIRD_PARTY_NOTICES.txt lacks {', '.join(sorted(unknown))}: run go run ./tools/licenses")
    found: dict[str, Document] = {}
    for info in infos:
        modules = info.get("Deps", ())
        parts = [
            component(m["Path"], m["Version"], f"pkg:golang/{m['Path'].lower()}", known[m["Path"]], m.get("Sum", ""))
            for m in modules
        ]
        go = info["GoVersion"].removeprefix("go").partition(" ")[0]
        parts.append(component("stdlib", go, "pkg:golang/stdlib", known[STANDARD_LIBRARY]))
        found.update((part["bom-ref"], part) for part in parts)
    return [found[ref] for ref in sorted(found)]


def version() -> str:
    """Return the package's version."""
    text = (ROOT / "python/ml_nexus_go/__init__.py").read_text()
    found = re.search(r'^__version__ = "(.*)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def document(binaries: list[Path]) -> Document:
    """Return the whole bill of materials."""
    root = component("ml_nexus_go", version(), "pkg:pypi/ml-nexus-go", "Apache-2.0")
    parts = linked([build_info(binary) for binary in binaries])
    refs = [part["bom-ref"] for part in parts]
    made: Document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": root}}
    made["components"] = parts
    made["dependencies"] = [{"ref": root["bom-ref"], "dependsOn": refs}, *({"ref": ref} for ref in refs)]
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        made["metadata"]["timestamp"] = datetime.fromtimestamp(int(epoch), timezone.utc).isoformat()
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(made, sort_keys=True))
    return {"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "serialNumber": serial.urn, **made}


if __name__ == "__main__":
    print(json.dumps(document([Path(name) for name in sys.argv[1:]]), indent=2))

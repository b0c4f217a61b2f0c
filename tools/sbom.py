"""The bill of materials of the operator: CycloneDX, JSON, from what is locked.

`python -m tools.sbom [FILE]`. The same lock makes the same bill: there is no time in it. Hashes are
of the very files that the image may be made of; licences and what needs what are read from the
installed packages, so it is run in the environment that `make setup` makes.

https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tools.locked import REQUIREMENTS, Pin, pins

OPERATOR = "sigopt-operator"
LICENSED = "License :: OSI Approved :: "


def bill(locked: Sequence[Pin]) -> dict[str, Any]:
    """The whole document."""
    version = metadata.version(OPERATOR)
    ref = f"pkg:pypi/{OPERATOR}@{version}"
    refs = {pin.name: pin.purl for pin in locked}
    operator = {
        "type": "application",
        "bom-ref": ref,
        "name": OPERATOR,
        "version": version,
        "purl": ref,
        "licenses": [{"expression": "Apache-2.0"}],
    }
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": operator},
        "components": [_component(pin) for pin in locked],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(_needs(OPERATOR, refs))},
            *({"ref": p.purl, "dependsOn": sorted(_needs(p.name, refs))} for p in locked),
        ],
    }
    told = json.dumps(document, sort_keys=True)
    return {"serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, told)}", **document}


def _component(pin: Pin) -> dict[str, Any]:
    files = {
        "type": "distribution",
        "url": pin.purl,
        "comment": "the files of this version that may be installed",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.hashes],
    }
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "scope": "optional" if pin.marker else "required",
        "externalReferences": [files],
    }
    if licences := list(_licences(pin.name)):
        found["licenses"] = licences
    if pin.marker:
        found["properties"] = [{"name": f"{OPERATOR}:marker", "value": pin.marker}]
    return found


def _licences(name: str) -> Iterator[dict[str, Any]]:
    """As the package itself says: an SPDX expression, else its classifiers, else its words."""
    told = _metadata(name)
    if told is None:
        return
    if expressions := told.get_all("License-Expression"):
        yield {"expression": expressions[0]}
        return
    classified = [c for c in told.get_all("Classifier") or () if c.startswith(LICENSED)]
    words = [each.strip().splitlines()[0] for each in told.get_all("License") or () if each.strip()]
    for named in [c.removeprefix(LICENSED) for c in classified] or words:
        yield {"license": {"name": named}}


def _needs(name: str, refs: dict[str, str]) -> set[str]:
    """What of the locked it needs; extras count where what they need is locked too."""
    told = _metadata(name)
    required = told.get_all("Requires-Dist") or () if told else ()
    names = (re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0] for each in required)
    found = {re.sub(r"[-_.]+", "-", each).lower() for each in names}
    return {refs[each] for each in found if each in refs and each != name}


def _metadata(name: str) -> metadata.PackageMetadata | None:
    try:
        return metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None


def main(argv: Sequence[str] | None = None) -> int:
    """Write the bill into a file, or print it."""
    parser = argparse.ArgumentParser(prog="sbom", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="where to; default: standard output")
    into = parser.parse_args(argv).file
    text = json.dumps(bill(pins(REQUIREMENTS / "operator.txt")), indent=2) + "\n"
    if into is None:
        print(text, end="")
    else:
        into.write_text(text, encoding="utf-8")
        print(f"{into}: {text.count('bom-ref') - 1} libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())

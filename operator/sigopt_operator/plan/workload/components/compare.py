"""Whether an object in a cluster still says what was applied.

What others add stays and is no difference: fields that the API server defaults, entries of lists
that have names (containers, environment variables), labels and annotations of other tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.workload.components.objects import APPLIED, Manifest, id_of

SUFFIXES: Final = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
_QUANTITY: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|[kMGTPE]|[KMGTPE]i)?")
NAMED: Final = ("containers", "env", "volumes", "volumeMounts")
"""Lists whose entries belong to whoever applied each, by name; others belong to one as a whole."""
LONGEST: Final = 80
"""Characters of a value in an event."""


def changed(wanted: Manifest, live: Manifest | None) -> tuple[Difference, ...]:
    """What of the wanted object is missing or otherwise in the cluster."""
    of = str(id_of(wanted))
    if live is None:
        return (Difference(of, "none", "as it was installed"),)
    return tuple(
        Difference(f"{path} of {of}", _short(found), _short(meant))
        for path, found, meant in _walk("", _content(wanted), live)
    )


def _content(manifest: Manifest) -> Manifest:
    """Without what says which object it is: entries of a list do not repeat that."""
    return {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}


def _walk(path: str, wanted: Any, live: Any) -> Iterator[tuple[str, Any, Any]]:
    match wanted:
        case Mapping():
            have = live if isinstance(live, Mapping) else {}
            for key, value in wanted.items():
                yield from _walk(f"{path}.{key}" if path else key, value, have.get(key))
        case list() if path.rpartition(".")[2] in NAMED:
            entries = live if isinstance(live, list) else []
            named = {str(each.get("name")): each for each in entries if isinstance(each, Mapping)}
            for each in wanted:
                yield from _walk(f"{path}[{each['name']}]", each, named.get(each["name"]))
        case list():
            if not _alike(wanted, live):
                yield path, live, wanted
        case _ if not _same(wanted, live):
            yield path, live, wanted


def _alike(wanted: list[Any], live: Any) -> bool:
    """Whether a list of one owner has the same entries in the same order."""
    if not isinstance(live, list) or len(live) != len(wanted):
        return False
    pairs = zip(wanted, live, strict=True)
    return not any(True for one, other in pairs for _ in _walk("", one, other))


def _same(wanted: Any, live: Any) -> bool:
    """The API server writes a quantity of `1000m` as `1`, and leaves out what is empty."""
    if wanted == live or (live is None and wanted in ("", False, 0)):
        return True
    one, other = _quantity(wanted), _quantity(live)
    return one is not None and one == other


def _quantity(value: Any) -> Decimal | None:
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return Decimal(found[1]) * SUFFIXES[found[2] or ""] if found else None


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def applied_anew(differences: tuple[Difference, ...]) -> bool:
    """Whether the wish itself changed, and not somebody the object."""
    return any(APPLIED in each.field for each in differences)

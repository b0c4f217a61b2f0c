"""Specs that nobody wrote, drawn from the CRD: as the schema has them, and as the rules do too."""

from __future__ import annotations

import os
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from tests.generated.schema import values
from tests.resources import KUBECONFIG, POOL, resource

from sigopt_operator.api import crd
from sigopt_operator.api.resource import find_mistakes

SCHEMA: Final[dict[str, Any]] = crd.manifest()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
WANTED: Final[dict[tuple[str | int, ...], Any]] = {
    ("spec", "cpu"): dict(POOL),
    ("spec", "custom"): dict(KUBECONFIG),
    ("spec", "deletionPolicy"): "Retain",
}
"""What rules ask for that a spec lacks."""
TYPES: Final = {"system": "t3.large", "cpu": "t3.medium", "gpu": "g5.xlarge"}
HUNTED: Final = int(os.environ.get("GENERATED", "0"))

anything: Final = values(SCHEMA["properties"]["spec"])
"""Of the right types, but some rule about several fields may be broken."""


def tried(examples: int) -> settings:
    """The same so many every time, unless the environment asks for more (and then for others)."""
    return settings(
        max_examples=HUNTED or examples,
        derandomize=not HUNTED,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """What breaks no rule: what a rule blames is taken out, or put in where it is missing."""
    manifest = resource(draw(anything), "tiny")
    while mistakes := find_mistakes(manifest):
        _mend(manifest, mistakes[0].path)
    spec: dict[str, Any] = manifest["spec"]
    return spec


@st.composite
def believable(draw: st.DrawFn) -> dict[str, Any]:
    """A wish that AWS would hear out: a region, a version and types that exist."""
    spec = draw(wishes().filter(lambda found: found["provider"] == "aws"))
    spec |= {"region": "us-west-2", "kubernetesVersion": "1.34"}
    for name in TYPES.keys() & spec.keys():
        kept = {k: v for k, v in spec[name].items() if k != "instanceTypes"}
        spec[name] = {**kept, "instanceType": TYPES[name]}
        if draw(st.booleans()):
            spec[name] |= {"minNodes": 1, "maxNodes": 2}
    return spec


def _mend(manifest: Any, path: tuple[str | int, ...]) -> None:
    *above, last = path
    outer = manifest
    for key in above:
        outer = outer[key]
    if isinstance(last, int) or last in outer:
        del outer[last]
    elif path in WANTED:
        outer[last] = WANTED[path]
    else:
        _mend(manifest, tuple(above))

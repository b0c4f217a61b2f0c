"""What the operator puts into the cluster itself, as the spec may wish it, each with its rules."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StrictBool

from sigopt_operator.api.maps import every_key, every_value
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import matches

Image = Annotated[
    str,
    Field(max_length=255),
    matches(
        r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+",
        "must be the name of an image without tag and digest, such as"
        " registry.example.com/mirror/cluster-autoscaler: its tag is what version says",
    ),
]

ImageVersion = Annotated[
    str,
    Field(max_length=128),
    matches(
        "[A-Za-z0-9_][A-Za-z0-9_.-]*",
        "must be the tag of an image, such as v1.34.5",
    ),
]

Delay = Annotated[
    str,
    Field(max_length=6),
    matches(
        "[1-9][0-9]{0,4}[smh]",
        "must be a number of seconds, minutes or hours, such as 90s, 10m or 1h",
    ),
]

MAX_QUANTITIES: Final = 40

Quantities = Annotated[
    dict[str, Annotated[str, Field(max_length=32)]],
    Field(max_length=MAX_QUANTITIES),
    every_key(
        # Those without a domain are Kubernetes' own, and begin with no capital.
        r"[a-z][-a-zA-Z0-9.]{0,62}|[a-z][-a-z0-9.]{0,62}/[a-zA-Z0-9][-a-zA-Z0-9_.]{0,62}",
        "must have keys that are resources as Kubernetes names them, such as requests.cpu,"
        " requests.nvidia.com/gpu or count/jobs.batch",
    ),
    every_value(
        r"[0-9]+(\.[0-9]{1,9})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?",
        'must have quantities as Kubernetes writes them, in quotes, such as "8", "500m" or "64Gi"',
    ),
]


class Expander(StrEnum):
    """How cluster-autoscaler chooses among pools that would do."""

    LEAST_WASTE = "least-waste"
    MOST_PODS = "most-pods"
    LEAST_NODES = "least-nodes"
    RANDOM = "random"


class AutoscalerSpec(SpecModel):
    """cluster-autoscaler, which adds nodes for pods that wait, and takes away idle ones."""

    enabled: StrictBool = True
    """Whether the operator installs it; true if omitted. False removes it: each pool then has the
    nodes that it has, within its limits."""
    scale_down_delay: Delay = "10m"
    """How long a node is idle, and after a node was added, before any is taken away; "10m" if
    omitted."""
    expander: Expander = Expander.LEAST_WASTE
    """How it chooses among pools that would do: least-waste, most-pods, least-nodes or random;
    least-waste if omitted."""
    image: Image | None = None
    """Image without its tag, for a registry of your own; the project's own if omitted."""
    version: ImageVersion | None = None
    """Tag of the image; the newest known of the cluster's own minor version if omitted."""


class DevicePluginSpec(SpecModel):
    """NVIDIA's device plugin, without which pods cannot ask for GPUs; on GPU nodes only."""

    enabled: StrictBool = True
    """Whether the operator installs it where there is a gpu pool; true if omitted."""
    image: Image | None = None
    """Image without its tag, for a registry of your own; NVIDIA's own if omitted."""
    version: ImageVersion | None = None
    """Tag of the image; the one that this operator was tested with if omitted."""


class TrainingSpec(SpecModel):
    """The namespace `orchestrate` in which training runs live."""

    enabled: StrictBool | None = None
    """Whether the operator keeps it; if omitted, true with provider aws and false with custom."""
    quota: Quantities = Field(default_factory=dict)
    """What all runs together may use, as a ResourceQuota has it; no quota if omitted. Under a quota
    of cpu or memory every pod must say what it needs, or defaultRequests must."""
    default_requests: Quantities = Field(default_factory=dict)
    """What a container requests that says nothing, such as cpu and memory."""
    default_limits: Quantities = Field(default_factory=dict)
    """What a container is limited to that says nothing."""

"""What a spec may say of the EKS cluster beyond its pools, each with its rules."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StrictBool

from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import PRESERVED, Rule, Shallow, Unique, matches

MOST_LEVELS: Final = 32
"""Of an add-on's configuration: far more than any has, and few enough for whoever reads it."""

OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
PUBLIC_CIDR: Final = rf"({OCTET}\.){{3}}{OCTET}/(3[0-2]|[12]?[0-9])"

_SHARED: Final = r"100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])"
_PRIVATE: Final = rf"(10\.{OCTET}|172\.(1[6-9]|2[0-9]|3[01])|192\.168|{_SHARED})"
_ALIGNED: Final = (
    r"(0\.0/(16|17|18|19|20)|128\.0/(17|18|19|20)|(64|192)\.0/(18|19|20)"
    r"|(32|96|160|224)\.0/(19|20)|(16|48|80|112|144|176|208|240)\.0/20)"
)
VPC_CIDR: Final = rf"{_PRIVATE}\.{_ALIGNED}"
"""Private blocks (RFC 1918, and RFC 6598 as EKS takes it) of /16 to /20 that begin where such a
block can begin: six zones with a subnet for nodes and one for load balancers fit into a /20."""


class EndpointAccessSpec(SpecModel):
    """From where the cluster's API server can be reached; who gets in is another matter."""

    public: StrictBool = True
    """From the internet; true if omitted."""
    private: StrictBool = True
    """From within its VPC; true if omitted."""
    # EKS's quota "Public endpoint access CIDR ranges per cluster".
    public_cidrs: Annotated[
        tuple[
            Annotated[
                str,
                Field(max_length=18),
                matches(PUBLIC_CIDR, "must be an IPv4 block such as 203.0.113.0/24"),
            ],
            ...,
        ],
        Field(max_length=40),
        Unique(),
    ] = ()
    """IPv4 blocks from which it can be reached over the internet; everywhere if omitted. The
    operator's own address has to be among them."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel=("!has(self.public) || self.public || !has(self.private) || self.private"),
            message=(
                "must not be false where public is: nobody could reach the cluster; leave one of"
                " the two true"
            ),
            holds=lambda access: access.get("public", True) or access.get("private", True),
            field="private",
        ),
        Rule(
            cel=(
                "!has(self.publicCidrs) || size(self.publicCidrs) == 0"
                " || !has(self.public) || self.public"
            ),
            message="are only for public access: remove them, or set public: true",
            holds=lambda access: not access.get("public_cidrs") or access.get("public", True),
            field="public_cidrs",
        ),
    )


class LogType(StrEnum):
    """The control plane's logs that EKS can send to CloudWatch Logs."""

    API = "api"
    AUDIT = "audit"
    AUTHENTICATOR = "authenticator"
    CONTROLLER_MANAGER = "controllerManager"
    SCHEDULER = "scheduler"


class SecretsEncryptionSpec(SpecModel):
    """Envelope encryption of Kubernetes Secrets."""

    kms_key_arn: Annotated[
        str,
        Field(max_length=300),
        matches(
            r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
            "must be the ARN of a KMS key, such as"
            " arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            " (not of an alias)",
        ),
    ]
    """ARN of a symmetric KMS key in the cluster's region."""


def _one_of(network: Any) -> bool:
    return ("cidr" in network) != ("subnet_ids" in network)


class NetworkSpec(SpecModel):
    """Where the cluster lives: an address block for a network of its own, or subnets that exist."""

    cidr: (
        Annotated[
            str,
            Field(max_length=18),
            matches(
                VPC_CIDR,
                "must be a private IPv4 block of /16 to /20, such as 10.20.0.0/16, that begins at a"
                " multiple of its size",
            ),
        ]
        | None
    ) = None
    """Private IPv4 block of the network that the operator makes, /16 to /20; 192.168.0.0/16 if
    omitted."""
    # EKS wants subnets in two zones at least; a cluster takes 16.
    subnet_ids: (
        Annotated[
            tuple[
                Annotated[
                    str,
                    Field(max_length=24),
                    matches(
                        "subnet-[0-9a-f]{8,17}",
                        "must be the id of a subnet, such as subnet-0123456789abcdef0",
                    ),
                ],
                ...,
            ],
            Field(min_length=2, max_length=16),
            Unique(),
        ]
        | None
    ) = None
    """Subnets that exist, in two zones at least and all of one VPC, with a way to the internet: the
    operator then makes no network."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.cidr) != has(self.subnetIds)",
            message=(
                "is one of two: cidr for a network that the operator makes, or subnetIds for"
                " subnets that exist; set exactly one of them"
            ),
            holds=_one_of,
        ),
    )


class AddonSpec(SpecModel):
    """A managed add-on of EKS."""

    name: Annotated[
        str,
        Field(max_length=100),
        matches(
            "[a-z0-9]([-a-z0-9_]*[a-z0-9])?",
            "must be the name of an EKS add-on, such as aws-ebs-csi-driver",
        ),
    ]
    """Name of the add-on, as `aws eks describe-addon-versions` lists it."""
    version: (
        Annotated[
            str,
            Field(max_length=64),
            matches(
                r"v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+",
                "must be a version of an EKS add-on, such as v1.21.1-eksbuild.1; or leave it out"
                " for the one that AWS calls default",
            ),
        ]
        | None
    ) = None
    """Version to keep it at; the one that AWS calls default for the cluster's version if
    omitted."""
    configuration: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            max_length=100,
            json_schema_extra={PRESERVED: True},
        ),
        Shallow(MOST_LEVELS),
    ]
    """Settings of the add-on, as its own schema wants them
    (`aws eks describe-addon-configuration`)."""

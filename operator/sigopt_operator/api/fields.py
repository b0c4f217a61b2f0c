"""The types of the spec's values, each with its rule and its message."""

import re
from typing import Annotated

from pydantic import Field, StrictInt

from sigopt_operator.api.rules import Rule, matches

KubernetesVersion = Annotated[
    str,
    Field(max_length=8),
    matches(
        r"1\.[1-9][0-9]",
        "must be a minor version in quotes, such as \"1.34\", without 'v' and without a patch"
        " number; or leave it out for AWS's default",
    ),
    Rule(
        # EKS rolls a control plane back only within days of an upgrade, by a call of its own.
        cel=(
            r"!self.matches(r'^1\.[0-9]+$') || !oldSelf.matches(r'^1\.[0-9]+$')"
            " || int(self.split('.')[1]) >= int(oldSelf.split('.')[1])"
        ),
        message=(
            "cannot go down, because clusters are only upgraded: put the former version back, or"
            " make a new cluster"
        ),
    ),
]

REGION = "[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}"
"""The form of an AWS region."""

Region = Annotated[
    str,
    Field(max_length=32),
    matches(
        REGION,
        "must be an AWS region such as us-west-2 (not a zone such as us-west-2a)",
    ),
]

InstanceType = Annotated[
    str,
    Field(max_length=40),
    matches(
        r"[a-z][a-z0-9-]*\.[a-z0-9-]+",
        "must be an EC2 instance type such as t3.large or p4d.24xlarge, in lower case",
    ),
]

# A group's minimum may be 0 (it then starts from nothing); an empty maximum would be no pool.
MinNodes = Annotated[StrictInt, Field(ge=0)]
SystemMinNodes = Annotated[
    StrictInt,
    Field(ge=0),
    Rule(
        cel="self >= 1",
        message=(
            "must be at least 1, because what the cluster itself needs always runs in this pool:"
            " a smaller system.instanceType makes it cheaper"
        ),
        holds=lambda least: least >= 1,
    ),
]
MaxNodes = Annotated[StrictInt, Field(ge=1)]

# From the 20 GiB of the root snapshot of EKS's Linux images to the 65,536 GiB that EC2's
# CreateVolume documents for gp3 (16,384 until September 2025).
NodeVolumeSize = Annotated[StrictInt, Field(ge=20, le=65536)]

PolicyArn = Annotated[
    str,
    Field(max_length=300),
    matches(
        r"arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9+=,.@_/-]+",
        "must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    ),
]

NOT_A_SESSION = Rule(
    # The path of a role is lost in the ARN of its sessions, and a trust policy that names a session
    # ends with it.
    cel="!self.contains(':sts:')",
    message=(
        "cannot be the ARN of a session (sts assumed-role): give the ARN of its role,"
        " arn:aws:iam::<account>:role/<path and name>, as"
        " `aws iam get-role --role-name <name>` shows it"
    ),
    holds=lambda arn: ":sts:" not in arn,
)
IAM_PRINCIPAL = "(user|role)/[A-Za-z0-9+=,.@_/-]+"

PrincipalArn = Annotated[
    str,
    Field(max_length=600),
    NOT_A_SESSION,
    matches(
        rf"arn:aws[a-z-]*:(sts:.*|iam::[0-9]{{12}}:(root|{IAM_PRINCIPAL}))",
        "must be the ARN of an IAM user, a role or an account's root, such as"
        " arn:aws:iam::111122223333:role/data-science, arn:aws:iam::111122223333:user/ann or"
        " arn:aws:iam::111122223333:root",
    ),
]

RoleArn = Annotated[
    str,
    Field(max_length=600),
    matches(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
        "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/sigopt-operator,"
        " as `aws iam get-role --role-name <name>` shows it",
    ),
]

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
ExternalId = Annotated[
    str,
    Field(max_length=1224),
    matches(
        "[A-Za-z0-9_+=,.@:/-]{2,}",
        "must be an external ID as STS takes it: two characters or more, of letters, digits and"
        " _ + = , . @ : / -",
    ),
]

OBJECT_NAME_PATTERN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
OBJECT_NAME_LENGTH = 253
"""What Kubernetes wants of most names: a DNS subdomain, RFC 1123."""

SecretName = Annotated[
    str,
    Field(max_length=OBJECT_NAME_LENGTH),
    matches(
        OBJECT_NAME_PATTERN,
        "must be the name of a Secret in the resource's own namespace: lower case letters,"
        " digits, '-' and '.'",
    ),
]

SecretKey = Annotated[
    str,
    Field(max_length=253),
    matches(
        "[-._a-zA-Z0-9]+",
        "must be a key of the Secret: letters, digits, '-', '_' and '.'",
    ),
]


def is_object_name(name: object) -> bool:
    """Whether Kubernetes takes it for a name."""
    return (
        isinstance(name, str)
        and len(name) <= OBJECT_NAME_LENGTH
        and re.fullmatch(OBJECT_NAME_PATTERN, name) is not None
    )

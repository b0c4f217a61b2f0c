"""One manifest that the API server refuses by itself, and how tables say it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml
from tests.crd_cases import ROLE
from tests.resources import Object, aws


@dataclass(frozen=True)
class Refused:
    """One manifest, and what its refusal says."""

    wrong: str
    """What about it."""
    text: bytes
    field: str
    """The place that is named."""
    says: str
    """A part of what is wrong there, or what to do."""


def of(wrong: str, manifest: object, field: str, says: str) -> Refused:
    return Refused(wrong, json.dumps(manifest).encode(), field, says)


def in_yaml(wrong: str, text: str | bytes, field: str, says: str) -> Refused:
    return Refused(wrong, text if isinstance(text, bytes) else text.encode(), field, says)


def with_(text: str, placed: str) -> str:
    """A manifest in YAML, with a line of the spec in place of its region."""
    return yaml.safe_dump(aws(region="REGION")).replace("region: REGION", placed) + text


def raw(manifest: Object, value: str) -> bytes:
    """JSON with what Python would not write in place of the text @."""
    return json.dumps(manifest).replace('"@"', value).encode()


def meta(**metadata: Any) -> Object:
    manifest = aws()
    manifest["metadata"] = {**manifest["metadata"], **metadata}
    return manifest


ENTRY = {"principal": ROLE, "policy": "AmazonEKSViewPolicy"}
NAME = "must begin with a letter and have only letters, digits and '-'"
REGION = "must be an AWS region such as us-west-2"
VERSION = "must be a minor version in quotes"
TYPE = "must be an EC2 instance type"
IAM_POLICY = "must be the ARN of an IAM policy"
PRINCIPAL = "must be the ARN of an IAM user, a role or an account's root"
IMAGE = "must be the name of an image without tag and digest"
TAG = "must be the tag of an image"
BLOCK = "must be an IPv4 block such as 203.0.113.0/24"
CIDR = "must be a private IPv4 block of /16 to /20"
QUANTITY = "must have quantities as Kubernetes writes them, in quotes"
SECRET = "must be the name of a Secret in the resource's own namespace"
ADDON = "must be the name of an EKS add-on"
KMS = "must be the ARN of a KMS key"
SUBNET = "must be the id of a subnet"
TAG_VALUES = "must have values of letters, digits, spaces"
TAG_KEYS = "must have keys of 1 to 128"

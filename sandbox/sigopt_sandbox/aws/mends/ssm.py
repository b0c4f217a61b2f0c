"""SSM's public parameters of EKS images, beside the parameters that ministack keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.mends.eks_images import all_images
from sigopt_sandbox.aws.operations import Call, own

_PUBLIC = "/aws/service/"


def install() -> None:
    """Put the public parameters in front of ministack's."""
    own("ssm", "GetParameter", get_parameter)
    own("ssm", "GetParameters", get_parameters)


def get_parameter(call: Call) -> Mapping[str, Any]:
    """GetParameter, with `/aws/service/eks/optimized-ami/...` and Bottlerocket's paths."""
    found = _public(call.params["Name"], call.region)
    return {"Parameter": found} if found else call.forward()


def get_parameters(call: Call) -> Mapping[str, Any]:
    """GetParameters, public ones and others together."""
    names = call.params["Names"]
    ours = {name: found for name in names if (found := _public(name, call.region))}
    others = [name for name in names if name not in ours]
    answer = call.forward({**call.params, "Names": others}) if others else {}
    return {
        "Parameters": [*ours.values(), *answer.get("Parameters", [])],
        "InvalidParameters": answer.get("InvalidParameters", []),
    }


def _public(name: str, region: str) -> dict[str, Any] | None:
    if not name.startswith(_PUBLIC):
        return None
    for image in all_images():
        image_id = image.id(region)
        values = {
            f"{image.parameter}/image_id": image_id,
            f"{image.parameter}/image_name": image.name,
            f"{image.parameter}/release_version": image.release,
            f"{image.parameter}/image_version": image.release,
            image.parameter: json.dumps(
                {
                    "image_id": image_id,
                    "image_name": image.name,
                    "release_version": image.release,
                    "schema_version": "2",
                }
            ),
        }
        if name in values:
            return {
                "Name": name,
                "Type": "String",
                "Value": values[name],
                "Version": 1,
                "LastModifiedDate": 1763078400.0,  # the catalogue's release day
                "ARN": f"arn:aws:ssm:{region}::parameter{name}",
                "DataType": "text",
            }
    return None

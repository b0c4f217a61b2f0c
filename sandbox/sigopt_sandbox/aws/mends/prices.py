"""On-demand prices of the types that pools are made of, and Pricing's GetProducts.

Linux, shared tenancy, US dollars an hour. The base is us-east-1 of 2025, by family and size; other
regions are a factor (assumed), and a family without an entry costs by its vCPUs (assumed).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sigopt_sandbox.aws.mends.ec2 import catalogue
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

SIZES = {
    "nano": 0.125,
    "micro": 0.25,
    "small": 0.5,
    "medium": 1.0,
    "large": 2.0,
    "xlarge": 4.0,
}
"""Sizes in units of a medium; `2xlarge` is two xlarge, and so on."""

MEDIUM = {
    "t2": 0.0464,
    "t3": 0.0416,
    "t3a": 0.0376,
    "t4g": 0.0336,
    "m5": 0.048,
    "m6i": 0.048,
    "m6g": 0.0385,
    "m7g": 0.0408,
    "m7i": 0.0504,
    "c5": 0.0425,
    "c6i": 0.0425,
    "c7g": 0.03625,
    "r5": 0.063,
    "r6i": 0.063,
}
"""Dollars an hour of a medium, in families whose price grows with their size."""

LISTED = {
    "g4dn.xlarge": 0.526,
    "g4dn.2xlarge": 0.752,
    "g4dn.12xlarge": 3.912,
    "g5.xlarge": 1.006,
    "g5.2xlarge": 1.212,
    "g5.12xlarge": 5.672,
    "g5.48xlarge": 16.288,
    "g5g.xlarge": 0.42,
    "g6.xlarge": 0.8048,
    "g6.2xlarge": 0.9776,
    "p2.xlarge": 0.90,
    "p2.8xlarge": 7.20,
    "p2.16xlarge": 14.40,
    "p3.2xlarge": 3.06,
    "p3.8xlarge": 12.24,
    "p3.16xlarge": 24.48,
    "p3dn.24xlarge": 31.212,
    "p4d.24xlarge": 21.957,
    "p5.48xlarge": 55.04,
}
"""Dollars an hour of GPU types."""

FACTORS = {"us-west-1": 1.17, "eu-west-1": 1.08, "eu-central-1": 1.15, "ap-northeast-1": 1.29}
"""Other regions against us-east-1; us-east-2 and us-west-2 cost the same."""

_OTHER_VCPU = 0.05


def on_demand(instance_type: str, region: str) -> float:
    """Dollars an hour for one instance."""
    family, _, size = instance_type.partition(".")
    price = LISTED.get(instance_type)
    if price is None and family in MEDIUM and (units := _units(size)):
        price = MEDIUM[family] * units
    if price is None:
        vcpus = catalogue.types(region)[instance_type]["VCpuInfo"]["DefaultVCpus"]
        price = _OTHER_VCPU * vcpus
    return price * FACTORS.get(region, 1.0)


def _units(size: str) -> float | None:
    if size in SIZES:
        return SIZES[size]
    number = size.removesuffix("xlarge")
    return SIZES["xlarge"] * int(number) if number.isdigit() else None


def install() -> None:
    """Serve Pricing, which ministack does not have."""
    own("pricing", "GetProducts", get_products)


def get_products(call: Call) -> Mapping[str, Any]:
    """GetProducts of AmazonEC2: one on-demand Linux product a type and region."""
    wanted = {f["Field"]: f["Value"] for f in call.params.get("Filters", [])}
    region = wanted.get("regionCode", "us-east-1")
    fixed = {
        "preInstalledSw": "NA",
        "operatingSystem": "Linux",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
        "tenancy": "Shared",
    }
    rows = []
    if call.params.get("ServiceCode") == "AmazonEC2":
        for name, found in catalogue.types(region).items():
            attributes = {**fixed, "instanceType": name, "regionCode": region}
            if all(attributes.get(field, value) == value for field, value in wanted.items()):
                rows.append(json.dumps(_product(attributes, found)))
    return {**page(call, "PriceList", rows, 100), "FormatVersion": "aws_v1"}


def _product(attributes: Mapping[str, str], found: Mapping[str, Any]) -> dict[str, Any]:
    name, region = attributes["instanceType"], attributes["regionCode"]
    sku = "".join(c for c in f"{name}{region}" if c.isalnum()).upper()
    price = {"USD": f"{on_demand(name, region):.10f}"}
    dimension = {"unit": "Hrs", "pricePerUnit": price, "beginRange": "0", "endRange": "Inf"}
    described = {
        **attributes,
        "vcpu": str(found["VCpuInfo"]["DefaultVCpus"]),
        "memory": f"{found['MemoryInfo']['SizeInMiB'] / 1024:g} GiB",
    }
    return {
        "product": {"productFamily": "Compute Instance", "attributes": described, "sku": sku},
        "serviceCode": "AmazonEC2",
        "terms": {
            "OnDemand": {f"{sku}.JRTCKXETXF": {"priceDimensions": {f"{sku}.RATE": dimension}}}
        },
    }

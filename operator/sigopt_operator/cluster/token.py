"""The token with which an IAM principal gets into an EKS cluster's API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import NoCredentialsError
from botocore.signers import RequestSigner

from sigopt_operator.aws.errors import translated

if TYPE_CHECKING:
    import boto3
    from types_boto3_sts import STSClient

EXPIRES = 60
"""Seconds in the URL; EKS accepts the token for 15 minutes from its date whatever this says."""


class Signer(Protocol):
    """Who comes to a cluster: `Clients` of the operator, or a person."""

    @property
    def session(self) -> boto3.Session:
        """Whose credentials sign."""
        ...

    @property
    def sts(self) -> STSClient:
        """Where the cluster asks who it is."""
        ...

    @property
    def region(self) -> str:
        """The region of that STS."""
        ...


def cluster_token(clients: Signer, cluster_name: str) -> str:
    """`k8s-aws-v1.` and a presigned GetCallerIdentity that names the cluster in a signed header.

    As `aws eks get-token` and aws-iam-authenticator make it; no call is made. Raises AwsError
    where there are no credentials to sign with.
    """
    sts = clients.sts
    url = f"{sts.meta.endpoint_url.rstrip('/')}/?Action=GetCallerIdentity&Version=2011-06-15"
    credentials = clients.session.get_credentials()
    with translated():
        if credentials is None:
            raise NoCredentialsError
        signer = RequestSigner(
            sts.meta.service_model.service_id,
            clients.region,
            "sts",
            "v4",
            credentials,
            clients.session.events,
        )
        signed = signer.generate_presigned_url(
            {
                "method": "GET",
                "url": url,
                "body": {},
                "headers": {"x-k8s-aws-id": cluster_name},
                "context": {},
            },
            region_name=clients.region,
            expires_in=EXPIRES,
            operation_name="",
        )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")

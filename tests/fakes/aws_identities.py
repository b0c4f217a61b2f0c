"""Pod identity associations of the fake AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import refusal
from tests.fakes.world import WHO

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]


class PodIdentities:
    """Operations of EKS on pod identity associations."""

    _aws: FakeAws

    def list_pod_identity_associations(
        self,
        namespace: str,
        serviceAccount: str,  # noqa: N803
        **_: Any,
    ) -> Answer:
        wanted = (namespace, serviceAccount)
        found = [
            {"associationId": id_}
            for id_, made in self._aws.identities.items()
            if (made["namespace"], made["serviceAccount"]) == wanted
        ]
        return {"associations": found}

    def describe_pod_identity_association(self, associationId: str, **_: Any) -> Answer:  # noqa: N803
        if associationId not in self._aws.identities:
            raise refusal("ResourceNotFoundException", f"No association {associationId}")
        return {
            "association": {**self._aws.identities[associationId], "associationId": associationId}
        }

    def create_pod_identity_association(self, **made: Any) -> None:
        wanted = (made["namespace"], made["serviceAccount"])
        for id_, there in self._aws.identities.items():
            if (there["namespace"], there["serviceAccount"]) == wanted:
                text = f"Association already exists: {id_}"
                raise refusal("ResourceInUseException", text, status=409)
        id_ = f"a-{len(self._aws.identities) + 1}"
        where = f"arn:aws:eks:us-west-2:{WHO.account}:podidentityassociation"
        arn = f"{where}/{made['clusterName']}/{id_}"
        self._aws.identities[id_] = {**made, "associationArn": arn}

    def update_pod_identity_association(self, associationId: str, roleArn: str, **_: Any) -> None:  # noqa: N803
        self._aws.identities[associationId]["roleArn"] = roleArn

    def delete_pod_identity_association(self, associationId: str, **_: Any) -> None:  # noqa: N803
        self.describe_pod_identity_association(associationId=associationId)
        del self._aws.identities[associationId]

"""What is put into the cluster itself, and the identity of what runs there.

Objects are applied by server-side apply with force: they are the operator's, and fields of theirs
that others own stay (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
"""

from __future__ import annotations

from botocore.exceptions import ClientError
from kubernetes.client.exceptions import ApiException

from sigopt_operator.act.repeated import gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.errors import cluster_answers
from sigopt_operator.cluster.kinds import path
from sigopt_operator.plan.actions import (
    AssociatePodIdentity,
    DissociatePodIdentity,
    InstallComponent,
    RemoveObjects,
)
from sigopt_operator.plan.workload.components.objects import FIELD_MANAGER, id_of

APPLY = "application/apply-patch+yaml"
LET_IT = "let the operator's access entry do so, or, of a custom cluster, the kubeconfig's user"


def install_component(open_api: Open, action: InstallComponent) -> None:
    """Apply its objects one after the other: what has a namespace comes after the namespace."""
    with open_api(action.server) as api:
        for manifest in action.objects:
            id_ = id_of(manifest)
            with cluster_answers(f"install {id_}", f"mend {action.spec_field}"):
                query = [("fieldManager", FIELD_MANAGER), ("force", "true")]
                ask(api, "PATCH", path(id_), query, body=manifest, content_type=APPLY)


def remove_objects(open_api: Open, action: RemoveObjects) -> None:
    """Delete them; one that is gone is success."""
    with open_api(action.server) as api:
        for id_ in action.objects:
            with cluster_answers(f"remove {id_}", LET_IT):
                try:
                    ask(api, "DELETE", path(id_), [("propagationPolicy", "Background")])
                except ApiException as error:
                    if error.status != 404:
                        raise


def associate_pod_identity(clients: Clients, action: AssociatePodIdentity) -> None:
    """Make the association, or give the one that there is the wanted role.

    Without a token of ours: one service account has one association, so none is made twice, and
    one that was deleted by hand can be made again.
    """
    if action.present:
        with gone_is_fine():
            clients.eks.update_pod_identity_association(
                clusterName=action.cluster,
                associationId=action.present,
                roleArn=action.role_arn,
            )
        return
    try:
        clients.eks.create_pod_identity_association(
            clusterName=action.cluster,
            namespace=action.namespace,
            serviceAccount=action.service_account,
            roleArn=action.role_arn,
            tags=dict(action.tags),
        )
    except ClientError as error:
        # "Association already exists: a-...": the next look sees whose it is.
        if not is_code(error, "ResourceInUseException"):
            raise


def dissociate_pod_identity(clients: Clients, action: DissociatePodIdentity) -> None:
    """Delete the association; one that is gone is success."""
    with gone_is_fine():
        clients.eks.delete_pod_identity_association(
            clusterName=action.cluster, associationId=action.id
        )

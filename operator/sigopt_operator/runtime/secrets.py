"""Secrets of the management cluster that the operator writes: found, applied, given up, deleted."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import urllib3.exceptions
from kubernetes import client

from sigopt_operator.api import resource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Place, Secret
from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.runtime.errors import ManagementApiError, explained, is_of_nothing
from sigopt_operator.runtime.objects import Object, read_object, values

MANAGER: Final = "sigopt-operator"
"""Owns the fields that are applied (Kubernetes documentation, "server-side apply")."""
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The uid of an owner that never was: the garbage collector deletes what has no other."""
REFUSED: Final = "SecretRefused"
WAY_OUT: Final = "the rights that the operator needs are in deploy/base/rbac.yaml"
DELETED_BY_HAND: Final = (
    "one that somebody has made immutable can only be deleted: then it is written anew"
)
WAY_OUT_OF_ARGOCD: Final = (
    "an administrator gives the operator the rights in Argo CD's namespace with "
    'deploy/components/argocd (docs/operations.md, "Clusters as targets of Argo CD and Flux")'
)


class Secrets:
    """`SecretStore` by the official client."""

    def __init__(self, api: client.ApiClient, timeout: tuple[float, float]) -> None:
        """`timeout`: seconds to connect, and to answer."""
        self._core = client.CoreV1Api(api)
        self._reviews = client.AuthorizationV1Api(api)
        self._timeout = timeout

    def find(self, place: Place, uid: str, name: str, *, to_be_deleted: bool) -> FoundSecret | None:
        """See `SecretStore.find`."""
        doing = f"reading Secret {place}"
        try:
            answer: Any = self._core.read_namespaced_secret(
                place.name,
                place.namespace,
                _request_timeout=self._timeout,
                _preload_content=False,
            )
            found = read_object("Secret", answer.data, doing)
        except client.ApiException as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return FoundSecret(problem=_forbidden(f"read Secret {place}", error, to_be_deleted))
            if not is_of_nothing(error.status, error.body):
                raise ManagementApiError(f"{doing}: {_told(error)}") from error
            if to_be_deleted and not self._may_delete(place.namespace):
                told = (
                    f"the operator may not delete Secrets in namespace {place.namespace}, so none "
                    f"is written there; {WAY_OUT_OF_ARGOCD}"
                )
                return FoundSecret(problem=told, absent=True)
            return None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ManagementApiError(f"{doing}: {error}") from error
        return _found(place, uid, name, found)

    def apply(self, secret: Secret, uid: str) -> None:
        """See `SecretStore.apply`."""
        doing = f"write Secret {secret.place}"
        with _answers(doing, in_argocd=secret.owner is None, creating=not uid):
            answer: Any = self._core.patch_namespaced_secret(
                secret.place.name,
                secret.place.namespace,
                _manifest(secret, uid),
                field_manager=MANAGER,
                force=bool(uid),
                _content_type="application/apply-patch+yaml",
                _request_timeout=self._timeout,
                _preload_content=False,
            )
            answer.drain_conn()

    def release(self, place: Place, uid: str) -> None:
        """See `SecretStore.release`."""
        metadata = {"uid": uid, "ownerReferences": [_reference("nobody", NOBODY)]}
        with _answers(f"give up Secret {place}", in_argocd=False, gone_is_fine=True):
            answer: Any = self._core.patch_namespaced_secret(
                place.name,
                place.namespace,
                {"metadata": metadata, "data": None},
                field_manager=MANAGER,
                _content_type="application/merge-patch+json",
                _request_timeout=self._timeout,
                _preload_content=False,
            )
            answer.drain_conn()

    def delete(self, place: Place, uid: str) -> None:
        """See `SecretStore.delete`."""
        only = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=uid))
        with _answers(f"delete Secret {place}", in_argocd=True, gone_is_fine=True):
            answer: Any = self._core.delete_namespaced_secret(
                place.name,
                place.namespace,
                body=only,
                _request_timeout=self._timeout,
                _preload_content=False,
            )
            answer.drain_conn()

    def _may_delete(self, namespace: str) -> bool:
        asked = client.V1ResourceAttributes(
            namespace=namespace, verb="delete", resource="secrets", group="", version="v1"
        )
        review = client.V1SelfSubjectAccessReview(
            spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=asked)
        )
        try:
            told = self._reviews.create_self_subject_access_review(
                review, _request_timeout=self._timeout
            )
        except client.ApiException as error:
            raise ManagementApiError(f"asking for rights: {_told(error)}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ManagementApiError(f"asking for rights: {error}") from error
        except ValueError:
            raise ManagementApiError("asking for rights: the answer is no review") from None
        return bool(told.status and told.status.allowed)


def _manifest(secret: Secret, uid: str) -> dict[str, Any]:
    """As it is applied; values of a Secret are base64 in `data`."""
    labels = {"app.kubernetes.io/managed-by": MANAGER, TAG_UID: secret.uid, **secret.labels}
    metadata: dict[str, Any] = {"name": secret.place.name, "labels": labels}
    if uid:
        # Of another one, made meanwhile, the API server says that there is a conflict.
        metadata["uid"] = uid
    if secret.owner is not None:
        metadata["ownerReferences"] = [_reference(secret.owner, secret.uid)]
    data = {key: base64.b64encode(value.encode()).decode() for key, value in secret.data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": secret.type,
        "data": data,
    }


def _reference(name: str, uid: str) -> dict[str, str]:
    return {"apiVersion": resource.API_VERSION, "kind": resource.KIND, "name": name, "uid": uid}


def _found(place: Place, uid: str, name: str, found: Object) -> FoundSecret:
    meta = found["metadata"]
    labels = dict(meta.get("labels") or {})
    owners = meta.get("ownerReferences") or ()
    if labels.pop(TAG_UID, None) != uid:
        namesake = any((owner["kind"], owner["name"]) == (resource.KIND, name) for owner in owners)
        return FoundSecret(uid=meta["uid"], going=namesake)
    held = values(found, f"reading Secret {place}")
    ours = Secret(
        place=place,
        uid=uid,
        type=found.get("type", ""),
        data={key: value.decode(errors="replace") for key, value in held.items()},
        labels=labels,
        owner=next((owner["name"] for owner in owners if owner["uid"] == uid), None),
    )
    return FoundSecret(meta["uid"], ours)


def _forbidden(doing: str, error: client.ApiException, in_argocd: bool) -> str:
    way_out = WAY_OUT_OF_ARGOCD if in_argocd else WAY_OUT
    return f"the management cluster does not let the operator {doing} ({_told(error)}); {way_out}"


def _told(error: client.ApiException) -> str:
    return explained(error.status, error.reason, error.body)


@contextmanager
def _answers(
    doing: str, *, in_argocd: bool, creating: bool = False, gone_is_fine: bool = False
) -> Iterator[None]:
    """The API server's refusals as AwsError, with what a person can do."""
    try:
        yield
    except client.ApiException as error:
        if error.status == HTTPStatus.NOT_FOUND and gone_is_fine:
            return
        if error.status == HTTPStatus.CONFLICT and creating:
            told = f"cannot {doing}: there is one now that was not made for this resource"
            raise AwsError(Trouble(Kind.REFUSED, "NameConflict", told, doing)) from error
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            told = _forbidden(doing, error, in_argocd)
            raise AwsError(Trouble(Kind.REFUSED, REFUSED, told, doing)) from error
        if error.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            told = f"the management cluster does not take it ({_told(error)}); {DELETED_BY_HAND}"
            raise AwsError(Trouble(Kind.REFUSED, REFUSED, told, doing)) from error
        raise AwsError(Trouble(Kind.RETRY, "ManagementApi", _told(error), doing)) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise AwsError(Trouble(Kind.RETRY, "ManagementApi", str(error), doing)) from error

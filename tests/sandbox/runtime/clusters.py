"""What a person does with SigOptClusters."""

from collections.abc import Mapping
from typing import Any, cast

from kubernetes import client

from sigopt_operator.api import resource
from sigopt_operator.runtime.keys import Key

SPEC = {
    "provider": "aws",
    "region": "us-west-2",
    "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2},
}
NO_FINALIZERS = {"metadata": {"finalizers": None}}


class Administrator:
    """All rights, and one namespace."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self.namespace = namespace
        self.core = client.CoreV1Api(api)
        self.leases = client.CoordinationV1Api(api)
        self._objects = client.CustomObjectsApi(api)

    def begin(self) -> None:
        self.core.create_namespace(
            client.V1Namespace(metadata=client.V1ObjectMeta(name=self.namespace))
        )

    def end(self) -> None:
        for name in self.names():
            self.delete(name)
            self.patch(name, NO_FINALIZERS)
        self.core.delete_namespace(self.namespace)

    def key(self, name: str) -> Key:
        return Key(self.namespace, name)

    def create(
        self, name: str, *, spec: Mapping[str, Any] = SPEC, **metadata: Any
    ) -> dict[str, Any]:
        body = {
            "apiVersion": f"{resource.GROUP}/{resource.VERSION}",
            "kind": resource.KIND,
            "metadata": {"name": name, **metadata},
            "spec": spec,
        }
        made = self._objects.create_namespaced_custom_object(*self._where, body)
        return cast(dict[str, Any], made)

    def find(self, name: str) -> dict[str, Any] | None:
        try:
            found = self._objects.get_namespaced_custom_object(*self._where, name)
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
        return cast(dict[str, Any], found)

    def read(self, name: str) -> dict[str, Any]:
        found = self.find(name)
        assert found is not None, f"{name} is gone"
        return found

    def patch(self, name: str, patch: dict[str, Any]) -> None:
        """A merge patch, as `kubectl patch --type=merge`; nothing when it is gone."""
        try:
            self._objects.patch_namespaced_custom_object(
                *self._where, name, patch, _content_type="application/merge-patch+json"
            )
        except client.ApiException as error:
            if error.status != 404:
                raise

    def delete(self, name: str) -> None:
        self._objects.delete_namespaced_custom_object(*self._where, name)

    def names(self) -> list[str]:
        found: Any = self._objects.list_namespaced_custom_object(*self._where)
        return [item["metadata"]["name"] for item in found["items"]]

    def holder(self, namespace: str, name: str = "sigopt-operator") -> str | None:
        """Who holds that lease; None or empty: nobody."""
        try:
            spec = self.leases.read_namespaced_lease(name, namespace).spec
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
        return spec.holder_identity if spec else None

    @property
    def _where(self) -> tuple[str, str, str, str]:
        return resource.GROUP, resource.VERSION, self.namespace, resource.PLURAL

"""One light endpoint: a TLS server of its own in this process, and the nodes in it."""

from __future__ import annotations

import secrets

from aiohttp import web

from sigopt_sandbox.clusters.addons import addon_manifests
from sigopt_sandbox.clusters.authenticator import Authenticator
from sigopt_sandbox.clusters.bootstrap import bootstrap_manifests
from sigopt_sandbox.clusters.directories import ClusterDirectories
from sigopt_sandbox.clusters.light.api import NAMESPACES, NODES, LightApi
from sigopt_sandbox.clusters.light.callers import Callers
from sigopt_sandbox.clusters.light.patching import Object
from sigopt_sandbox.clusters.light.requests import read_request
from sigopt_sandbox.clusters.light.server import LightServer
from sigopt_sandbox.clusters.light.store import Collection, Store
from sigopt_sandbox.clusters.nodes import DEVICE_PLUGIN_IMAGE, node_manifest
from sigopt_sandbox.clusters.resources import path_of
from sigopt_sandbox.clusters.wanted import GPU_RESOURCE, WantedAddon, WantedCluster, WantedNode
from sigopt_sandbox.kubernetes import Access, write_kubeconfig
from sigopt_sandbox.kubernetes.certificates import server_context, serving_certificates

_MANAGER = "eks"
_DAEMON_SETS = Collection("apps", "daemonsets")
WORKLOADS = (
    Collection("apps", "deployments"),
    Collection("apps", "statefulsets"),
    _DAEMON_SETS,
    Collection("batch", "jobs"),
)
"""What has a status that follows from the nodes."""
_USUAL_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
"""What every API server makes for itself."""


class LightEndpoint:
    """A light stand-in of one cluster's API."""

    def __init__(self, url: str, authority_data: str, store: Store, runner: web.AppRunner) -> None:
        """Use `start_light`."""
        self.url = url
        self.authority_data = authority_data
        self._store = store
        self._runner = runner
        self._addons: tuple[WantedAddon, ...] = ()

    def want(self, cluster: WantedCluster) -> None:
        """Make the nodes and add-ons those of `cluster`, at once."""
        self._nodes(cluster)
        for addon in set(self._addons) - set(cluster.addons):
            for manifest in addon_manifests(addon, cluster.key.region):
                collection, name = _place(manifest)
                if self._store.find(collection, name):
                    self._store.delete(collection, name)
        for addon in set(cluster.addons) - set(self._addons):
            for manifest in addon_manifests(addon, cluster.key.region):
                apply(self._store, manifest)
        self._addons = cluster.addons

    async def close(self) -> None:
        """End the server; what it stored goes with it."""
        await self._runner.cleanup()

    def _nodes(self, cluster: WantedCluster) -> None:
        plugin = _has_device_plugin(self._store)
        wanted = {node.name: _ready(node, cluster, plugin) for node in cluster.nodes}
        present = {node["metadata"]["name"] for node in self._store.list(NODES)}
        before = self._store.version
        for name in present - set(wanted):
            self._store.delete(NODES, name)
        for manifest in wanted.values():
            apply(self._store, manifest)
        if self._store.version != before:
            for workloads in WORKLOADS:
                self._store.touch(workloads)


async def start_light(
    cluster: WantedCluster, directories: ClusterDirectories, authenticator: Authenticator
) -> LightEndpoint:
    """Serve a new, empty cluster on a free port of 127.0.0.1."""
    certificates = serving_certificates(cluster.key.name)
    directory = directories.cluster(cluster.key)
    certificates.write(directory)
    store = Store()
    for namespace in _USUAL_NAMESPACES:
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        store.create(NAMESPACES, manifest | {"status": {"phase": "Active"}})
    for manifest in bootstrap_manifests():
        apply(store, manifest)
    token = secrets.token_hex(16)
    callers = Callers(authenticator, cluster.key, token)
    server = LightServer(LightApi(store), callers, cluster.version)
    # Watches end with their clients, and do not hold a closing endpoint for a minute.
    runner = web.AppRunner(
        server.application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    try:
        tls = server_context(directory)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    except BaseException:
        await runner.cleanup()
        raise
    port = runner.addresses[0][1]
    url = f"https://127.0.0.1:{port}"
    access = Access(url, certificates.authority, token, cluster=cluster.key.name)
    write_kubeconfig(directory / "kubeconfig", access)
    endpoint = LightEndpoint(url, certificates.authority_data, store, runner)
    endpoint.want(cluster)
    return endpoint


def apply(store: Store, manifest: Object) -> None:
    """Server-side apply of a manifest, as EKS."""
    collection, name = _place(manifest)
    store.apply(collection, name, manifest, _MANAGER)


def _place(manifest: Object) -> tuple[Collection, str]:
    request = read_request("PATCH", path_of(manifest), {})
    if request is None:
        raise ValueError(f"no resource: {manifest}")
    return request.collection, request.name


def _ready(node: WantedNode, cluster: WantedCluster, plugin: bool) -> Object:
    manifest = node_manifest(node, cluster)
    status = manifest["status"]
    if plugin and node.gpus:
        for amounts in ("capacity", "allocatable"):
            status[amounts] = status[amounts] | {GPU_RESOURCE: str(node.gpus)}
    status["conditions"] = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
    return manifest


def _has_device_plugin(store: Store) -> bool:
    return any(
        DEVICE_PLUGIN_IMAGE in container.get("image", "")
        for daemon_set in store.list(_DAEMON_SETS)
        for container in daemon_set["spec"]["template"]["spec"]["containers"]
    )

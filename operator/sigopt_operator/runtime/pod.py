"""What a pod knows about itself."""

from pathlib import Path
from typing import Final

_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def namespace() -> str | None:
    """The namespace of the pod this runs in; None outside of a pod."""
    return _NAMESPACE.read_text().strip() if _NAMESPACE.is_file() else None

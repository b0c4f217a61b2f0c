"""The search for secrets at the end of every sandbox test finds what it is for."""

import pytest
from tests.sandbox.operator.canaries import Canaries

KEY = "bGbO7Ckw8xkW2fKcbGbO7Ckw8xkW2fKcbGbO7Ckw"


@pytest.mark.parametrize(
    ("text", "of"),
    [
        pytest.param(f"refused: {KEY}", "the secret of ml/keys", id="a secret that was used"),
        pytest.param("key canary-of-a-key", "a secret that a test made up", id="a made up one"),
        pytest.param("Bearer k8s-aws-v1.aHR0cHM6Ly9zdHMu", "an EKS token", id="an EKS token"),
        pytest.param("X-Amz-Signature=0123456789abcdef0123", "a signature", id="a presigned URL"),
        pytest.param(
            "eyJhbGciOiJSUzI1NiIsImtp.eyJhdWQiOlsiaHR0cHM6.sig",
            "a service account's token",
            id="a service account's token",
        ),
    ],
)
def test_what_got_out_is_named_with_its_place_and_not_said_again(text: str, of: str) -> None:
    canaries = Canaries()
    canaries.know(KEY, "ml/keys")
    (told,) = canaries.found({"the log": text, "elsewhere": "nothing"})
    assert told == f"{of} is in the log"


def test_where_nothing_got_out_nothing_is_found() -> None:
    canaries = Canaries()
    canaries.know(KEY, "ml/keys")
    assert list(canaries.found({"the log": "canary of a role; [redacted]"})) == []

"""Logs: one line an event, and never a secret."""

import io
import json
import logging

import aiohttp
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from kopf._cogs.clients.errors import APIForbiddenError
from kubernetes.aio.client.exceptions import ApiException as AioApiException
from kubernetes.client.exceptions import ApiException

from sigopt_operator.api.redaction import MASK, redact
from sigopt_operator.runtime import logging as logs
from sigopt_operator.runtime.keys import Key

KEY = Key("ml", "tiny-cluster")
SECRETS = "short 0123abcd YXBpVm IQoJ AKIA ASIA aHR0 abcdef c2lnb LS0tLS1C wJalrXUtnFEMI".split()
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # AWS's own example


def test_a_json_line_says_when_what_and_about_which_resource(stream: io.StringIO) -> None:
    logs.configure("json", "INFO", stream)
    logging.getLogger("sigopt_operator.x").info("found %d", 3, extra=logs.about(KEY))
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "info",
        "logger": "sigopt_operator.x",
        "message": "found 3",
        "namespace": "ml",
        "name": "tiny-cluster",
    }


def test_a_line_of_kopf_says_which_resource_too(stream: io.StringIO) -> None:
    logs.configure("json", "INFO", stream)
    reference = {"namespace": "ml", "name": "a", "uid": "1", "kind": "SigOptCluster"}
    logging.getLogger("kopf.objects").error("throttling", extra={"k8s_ref": reference})
    found = json.loads(stream.getvalue())
    assert (found["namespace"], found["name"]) == ("ml", "a")


@pytest.mark.parametrize("form", ["json", "plain"])
def test_a_traceback_and_newlines_stay_one_event(stream: io.StringIO, form: logs.Format) -> None:
    logs.configure(form, "INFO", stream)
    try:
        raise ValueError(f"aws_secret_access_key={SECRET}")
    except ValueError:
        logging.getLogger("x").exception("a bug\nin two lines", extra=logs.about(KEY))
    written = stream.getvalue()
    assert SECRET not in written
    assert "Traceback" in written
    if form == "json":
        assert len(written.splitlines()) == 1


@pytest.mark.parametrize("form", ["json", "plain"])
def test_nobody_begins_a_line_of_their_own_or_paints_the_terminal(
    stream: io.StringIO, form: logs.Format
) -> None:
    told = "account 1\nERROR forged\r\x1b[2J\u2028\u202e\ud83d é"
    logs.configure(form, "INFO", stream)
    logging.getLogger("x").warning("%s", told, extra=logs.about(KEY))
    (line,) = stream.getvalue().splitlines()
    shown = json.loads(line)["message"] if form == "json" else line
    assert shown.endswith(r"account 1\nERROR forged\r\x1b[2J\u2028\u202e\ud83d é")


def test_a_plain_line_names_the_resource(stream: io.StringIO) -> None:
    logs.configure("plain", "INFO", stream)
    logging.getLogger("x").warning("slow", extra=logs.about(KEY))
    assert stream.getvalue().endswith("WARNING [ml/tiny-cluster] slow\n")


@pytest.mark.parametrize(
    "library",
    [
        *("botocore.auth", "botocore", "boto3.resources", "kubernetes.client.rest", "urllib3"),
        *("kubernetes.aio.client.rest", "aiohttp.client", "kopf.objects", "kopf", "asyncio"),
        "a.library.that.nobody.thought.of",
    ],
)
def test_what_prints_credentials_at_debug_is_never_at_debug(
    stream: io.StringIO, library: str
) -> None:
    logs.configure("json", "DEBUG", stream)
    logging.getLogger(library).debug("headers: %s", SECRET)
    assert stream.getvalue() == ""
    logging.getLogger("sigopt_operator.x").debug("ours")
    assert "ours" in stream.getvalue()


HEADER = f"AWS4-HMAC-SHA256 Credential={SECRET}/20260101/us-west-2/sts/aws4_request, Signature=0f"
BODY = json.dumps(
    {
        "kind": "Secret",
        "data": {
            "aws_secret_access_key": "d0phbHJYVXRuRkVNSS9LN01ERU5H",
            "kubeconfig": "YXBpVmVyc2lvbjogdjEKY2x1c3RlcnM6",
        },
    }
)


def answered(body: str) -> ApiException:
    found = ApiException(status=422, reason="Unprocessable Entity")
    found.body = body
    found.headers = {"Authorization": "Bearer abcdef"}
    return found


def aio_answered(body: str) -> AioApiException:
    return AioApiException(status=422, reason="Unprocessable Entity", body=body, data=None)


@pytest.mark.parametrize("form", ["json", "plain"])
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            HTTPClientError(error=ValueError(f"Invalid header value b'{HEADER}'")),
            id="boto3: a header that cannot be sent",
        ),
        pytest.param(
            ClientError({"Error": {"Code": "IncompleteSignature", "Message": HEADER}}, "Get"),
            id="boto3: AWS says a header again",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://sts/?X-Amz-Signature=0123abcd"),
            id="boto3: a presigned URL",
        ),
        pytest.param(answered(BODY), id="kubernetes: a Secret in an answer"),
        pytest.param(aio_answered(BODY), id="kubernetes.aio: a Secret in an answer"),
        pytest.param(
            APIForbiddenError(f"token k8s-aws-v1.aHR0cHM6Ly9zdHMu {BODY}", status=403, headers={}),
            id="kopf: the API server's words",
        ),
        pytest.param(
            aiohttp.ClientConnectionError("Authorization: Bearer abcdef"), id="aiohttp: a header"
        ),
    ],
)
def test_no_exception_says_a_secret_whatever_library_raised_it(
    stream: io.StringIO, error: Exception, form: logs.Format
) -> None:
    """With its traceback, and as the cause of another one: so a bug of ours is logged."""
    logs.configure(form, "DEBUG", stream)
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("a bug") from cause
    except RuntimeError:
        logging.getLogger("sigopt_operator.x").exception("%s; again", error)
    written = stream.getvalue()
    assert "Traceback" in written
    for secret in (*SECRETS, "d0phbHJY"):
        assert secret not in written


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"aws_secret_access_key = {SECRET}", id="credentials file"),
        pytest.param(f"{{'SecretAccessKey': '{SECRET}', 'Expiration': 1}}", id="answer of STS"),
        pytest.param(f"refused: {SECRET} is wrong", id="bare key"),
        pytest.param("aws_secret_access_key: short", id="named, of an unusual form"),
        pytest.param("X-Amz-Signature=0123abcd&X-Amz-Date=1", id="presigned URL"),
        pytest.param("x-amz-security-token: IQoJb3JpZ2luX2Vj", id="session token"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", id="key id"),
        pytest.param("ASIAIOSFODNN7EXAMPLE", id="temporary key id"),
        pytest.param("token k8s-aws-v1.aHR0cHM6Ly9zdHMu", id="token for an EKS cluster"),
        pytest.param("Authorization: Bearer abcdef", id="bearer token"),
        pytest.param("{'Authorization': 'Bearer abcdef'}", id="bearer token in a mapping"),
        pytest.param('"{\\"Authorization\\": \\"Bearer abcdef\\"}"', id="in JSON in JSON"),
        pytest.param("(b'authorization', b'Basic abcdef')".replace(",", ":"), id="as bytes"),
        pytest.param(f"got '{SECRET}/20260101/us-west-2/sts/aws4_request'", id="scope of a key"),
        pytest.param("session IQoJb3JpZ2luX2VjEJr", id="a session token alone"),
        pytest.param("the key LS0tLS1CRUdJTiBQUklWQVRF", id="a key in base64"),
        pytest.param("the value YXBpVmVyc2lvbjogdjEKY2x1c3RlcnM6", id="a kubeconfig in base64"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEabcdef\n-----END RSA PRIVATE KEY-----", id="PEM"
        ),
        pytest.param(
            "eyJhbGciOiJSUzI1.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl", id="service account's token"
        ),
    ],
)
def test_redacted(text: str) -> None:
    hidden = redact(text)
    assert MASK in hidden
    for secret in SECRETS:
        assert secret not in hidden


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("stack tiny-cluster-sigopt is CREATE_IN_PROGRESS", id="a state"),
        pytest.param("commit 318d65e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6", id="a digest"),
        pytest.param("arn:aws:iam::111122223333:role/tiny-cluster-k8s-access-role", id="an ARN"),
        pytest.param("Secret ml/aws-credentials has no aws_secret_access_key", id="a field's name"),
        pytest.param("vpc-0a1b2c3d4e5f60718 subnet-0a1b2c3d4e5f60718", id="ids"),
    ],
)
def test_not_redacted(text: str) -> None:
    assert redact(text) == text

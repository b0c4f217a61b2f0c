"""Which bearer tokens are well-formed: the rules and texts of aws-iam-authenticator."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from tests.sandbox.clusters.fakes import token_of

from sigopt_sandbox.clusters.tokens import TokenRefusedError, read_token

HOST = "127.0.0.1:4566"
SIGNED_AT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
QUERY = {
    "Action": "GetCallerIdentity",
    "Version": "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIAEXAMPLE/20261123/us-west-2/sts/aws4_request",
    "X-Amz-Date": "20261123T120000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    "X-Amz-Signature": "00",
}


def url(*, base: str = f"http://{HOST}/", without: str = "", more: str = "", **changed: str) -> str:
    changes = {name.replace("_", "-"): value for name, value in changed.items()}
    query = {name: value for name, value in (QUERY | changes).items() if name != without}
    return f"{base}?{urlencode(query)}{more}"


def read(token: str, after: timedelta = timedelta(0)) -> str:
    return read_token(token, {HOST}, SIGNED_AT + after).access_key_id


@pytest.mark.parametrize(
    ("token", "after"),
    [
        pytest.param(token_of(url()), timedelta(0), id="as the aws CLI makes it"),
        pytest.param(
            token_of(url()), timedelta(minutes=15), id="15 minutes old, whatever X-Amz-Expires says"
        ),
        pytest.param(token_of(url(X_Amz_Expires="0")), timedelta(0), id="X-Amz-Expires of zero"),
        pytest.param(token_of(url(X_Amz_Expires="900")), timedelta(0), id="X-Amz-Expires of 900"),
        pytest.param(
            token_of(url(more="&X-Amz-Security-Token=abc")), timedelta(0), id="of a role session"
        ),
        pytest.param(
            token_of(url(without="Action", more="&action=GetCallerIdentity")),
            timedelta(0),
            id="parameter names in lower case",
        ),
    ],
)
def test_is_accepted(token: str, after: timedelta) -> None:
    assert read(token, after) == "AKIAEXAMPLE"


@pytest.mark.parametrize(
    ("token", "text"),
    [
        pytest.param("k8s-aws-v2.abc", 'missing expected "k8s-aws-v1." prefix', id="other prefix"),
        pytest.param("k8s-aws-v1." + "a" * 4096, "token is too large", id="over 4096 bytes"),
        pytest.param("k8s-aws-v1.%%%", "illegal base64 data", id="not base64url"),
        pytest.param(token_of(url()) + "=", "padding", id="padded"),
        pytest.param(
            token_of(url(base="http://sts.evil.example/")),
            'unexpected hostname "sts.evil.example"',
            id="signed for another host",
        ),
        pytest.param(
            token_of(url(base=f"http://{HOST}@evil.example/")),
            "unexpected hostname",
            id="our host as the user of another",
        ),
        pytest.param(
            token_of(url(base=f"ftp://{HOST}/")), 'unexpected scheme "ftp"', id="other scheme"
        ),
        pytest.param(
            token_of(url(base=f"http://{HOST}/_sandbox/dump")),
            "unexpected path in pre-signed URL",
            id="a path",
        ),
        pytest.param(
            token_of(url(Action="AssumeRole")), "unexpected action parameter", id="another action"
        ),
        pytest.param(
            token_of(url(more="&RoleArn=x")),
            'non-whitelisted query parameter "RoleArn"',
            id="a parameter of another action",
        ),
        pytest.param(
            token_of(url(more="&action=AssumeRole")),
            "query parameter with multiple values not supported",
            id="a parameter twice",
        ),
        pytest.param(
            token_of(url(X_Amz_SignedHeaders="host")),
            "client did not sign the x-k8s-aws-id header",
            id="cluster not signed",
        ),
        pytest.param(
            token_of(url(without="X-Amz-Expires")),
            "invalid X-Amz-Expires parameter in pre-signed URL: 0",
            id="without X-Amz-Expires",
        ),
        pytest.param(
            token_of(url(X_Amz_Expires="901")),
            "invalid X-Amz-Expires parameter in pre-signed URL: 901",
            id="X-Amz-Expires over 900",
        ),
        pytest.param(
            token_of(url(without="X-Amz-Date")),
            "X-Amz-Date parameter must be present",
            id="without a date",
        ),
        pytest.param(
            token_of(url(X_Amz_Date="yesterday")), "error parsing X-Amz-Date", id="not a date"
        ),
    ],
)
def test_is_refused(token: str, text: str) -> None:
    with pytest.raises(
        TokenRefusedError, match="input token was not properly formatted"
    ) as refused:
        read(token)
    assert text in str(refused.value)


def test_is_refused_once_older_than_15_minutes() -> None:
    with pytest.raises(TokenRefusedError, match=r"is expired \(15 minute expiration\)"):
        read(token_of(url()), timedelta(minutes=15, seconds=1))

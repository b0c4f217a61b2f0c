"""Secrets with kubeconfigs that cannot be used, or must not be."""

from __future__ import annotations

from tests.bad.wish import BOMB, INTRUDER, SERVER, Explained, Secret, nicknamed, of_kubeconfig
from tests.fakes.authority import Authority, b64
from tests.fakes.kubeconfigs import config, text

OF_KUBECONFIGS = (
    Explained(
        "a kubeconfig that is not there",
        {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}},
        "SecretMissing",
        "does not exist; create it with the kubeconfig",
    ),
    Explained(
        "a kubeconfig under another key",
        {"provider": "custom", "custom": {"kubeconfigSecretRef": {"name": "SECRET"}}},
        "SecretIncomplete",
        "lacks kubeconfig",
        Secret({"config": text(config())}),
    ),
    of_kubeconfig("a kubeconfig of nothing", "SecretIncomplete", "lacks kubeconfig", b""),
    of_kubeconfig("a kubeconfig of blanks", "SecretIncomplete", "lacks kubeconfig", b"  \n"),
    of_kubeconfig(
        "a kubeconfig of bytes", "KubeconfigUnreadable", "kubeconfig", b"\x00\xff\xfe\xfd"
    ),
    of_kubeconfig(
        "a kubeconfig in Latin-1",
        "KubeconfigUnreadable",
        "kubeconfig",
        "apiVersion: v1 # \u00fc".encode("latin-1"),
    ),
    of_kubeconfig(
        "a kubeconfig of 300 kB",
        "KubeconfigUnreadable",
        "more than 262144 are not read",
        b"#" * 300_000 + text(config()),
    ),
    of_kubeconfig(
        "a kubeconfig of almost a megabyte",
        "KubeconfigUnreadable",
        "more than 262144 are not read",
        b"a: b\n" * 180_000,
    ),
    of_kubeconfig(
        "half a kubeconfig",
        "KubeconfigUnreadable",
        "kubeconfig",
        b"clusters: [{name: a, cluster: {server:",
    ),
    of_kubeconfig(
        "a text for a kubeconfig", "KubeconfigUnreadable", "kubeconfig", b"please see the wiki"
    ),
    of_kubeconfig("a list for a kubeconfig", "KubeconfigUnreadable", "kubeconfig", b"[1, 2]"),
    of_kubeconfig(
        "a kubeconfig nested without end", "KubeconfigUnreadable", "kubeconfig", b"[" * 20_000
    ),
    of_kubeconfig("aliases in a kubeconfig", "KubeconfigUnreadable", "alias", nicknamed(config())),
    of_kubeconfig(
        "aliases in a kubeconfig that would fill the memory",
        "KubeconfigUnreadable",
        "alias",
        BOMB.encode(),
    ),
    of_kubeconfig(
        "an object of Python in a kubeconfig",
        "KubeconfigUnreadable",
        "tag",
        b"clusters: !!python/object/apply:os.system [reboot]",
    ),
    of_kubeconfig(
        "two kubeconfigs",
        "KubeconfigUnreadable",
        "kubeconfig",
        text(config()) + b"---\n" + text(config()),
    ),
    of_kubeconfig(
        "a context that is not there",
        "KubeconfigIncomplete",
        "no context elsewhere",
        config(current_context="elsewhere"),
    ),
    of_kubeconfig(
        "several contexts and none chosen",
        "KubeconfigIncomplete",
        "current-context",
        config(
            current_context=None,
            contexts=[
                {"name": n, "context": {"cluster": "theirs", "user": "somebody"}}
                for n in ("a", "b")
            ],
        ),
    ),
    of_kubeconfig("a user that is not there", "KubeconfigIncomplete", "user", config(users=[])),
    of_kubeconfig(
        "a cluster that is not there", "KubeconfigIncomplete", "cluster", config(clusters=[])
    ),
    of_kubeconfig(
        "nobody in particular", "KubeconfigIncomplete", "token", config(user={"token": None})
    ),
    of_kubeconfig("no server", "KubeconfigIncomplete", "server", config(cluster={"server": None})),
    of_kubeconfig(
        "a server that is a number", "ServerInvalid", "server", config(cluster={"server": "6443"})
    ),
    of_kubeconfig(
        "a server without TLS", "ServerInvalid", "https", config("http://cluster.example.invalid")
    ),
    of_kubeconfig(
        "a server with a password in it",
        "ServerInvalid",
        "server",
        config("https://ann:canary-6@cluster.example.invalid"),
    ),
    of_kubeconfig(
        "a server that is a file", "ServerInvalid", "server", config("file:///etc/passwd")
    ),
    of_kubeconfig(
        "a certificate that is not looked at",
        "KubeconfigRefused",
        "insecure-skip-tls-verify",
        config(SERVER, cluster={"insecure-skip-tls-verify": True}),
    ),
    of_kubeconfig(
        "a program",
        "KubeconfigRefused",
        "exec",
        config(SERVER, user={"token": None, "exec": {"command": "/bin/sh"}}),
    ),
    of_kubeconfig(
        "a provider",
        "KubeconfigRefused",
        "auth-provider",
        config(SERVER, user={"token": None, "auth-provider": {"name": "gcp"}}),
    ),
    of_kubeconfig(
        "a token from a file",
        "KubeconfigRefused",
        "tokenFile",
        config(SERVER, user={"token": None, "tokenFile": "/proc/self/environ"}),
    ),
    of_kubeconfig(
        "an authority from a file",
        "KubeconfigRefused",
        "certificate-authority",
        config(
            SERVER,
            cluster={"certificate-authority-data": None, "certificate-authority": "/etc/passwd"},
        ),
    ),
    of_kubeconfig(
        "somebody else's name",
        "KubeconfigRefused",
        "as",
        config(SERVER, user={"as": "system:admin"}),
    ),
    of_kubeconfig(
        "a proxy",
        "KubeconfigRefused",
        "proxy-url",
        config(SERVER, cluster={"proxy-url": "http://169.254.169.254"}),
    ),
    of_kubeconfig(
        "an authority that is no PEM",
        "CertificateAuthorityUnreadable",
        "certificate-authority-data",
        config(SERVER, cluster={"certificate-authority-data": "Zm9v"}),
    ),
    of_kubeconfig(
        "an authority that is no base64",
        "CertificateAuthorityUnreadable",
        "certificate-authority-data",
        config(SERVER, cluster={"certificate-authority-data": "!!!"}),
    ),
    of_kubeconfig(
        "a token on two lines",
        "TokenUnreadable",
        "line",
        config(SERVER, user={"token": "canary-7\nHost: evil"}),
    ),
    of_kubeconfig(
        "a key of another certificate",
        "ClientCertificateUnreadable",
        "client-key-data",
        config(
            SERVER,
            user={
                "token": None,
                "client-certificate-data": b64(INTRUDER.certificate),
                "client-key-data": b64(Authority().pair().key),
            },
        ),
    ),
    of_kubeconfig("this machine", "AddressRefused", "127.0.0.1", config("https://127.0.0.1:6443")),
    of_kubeconfig(
        "this machine by its name", "AddressRefused", "localhost", config("https://localhost:6443")
    ),
    of_kubeconfig(
        "this machine as a number",
        "AddressRefused",
        "2130706433",
        config("https://2130706433:6443"),
    ),
    of_kubeconfig(
        "the cloud's metadata",
        "AddressRefused",
        "169.254.169.254",
        config("https://169.254.169.254"),
    ),
    of_kubeconfig(
        "the cloud's metadata in IPv6",
        "AddressRefused",
        "fd00:ec2::254",
        config("https://[fd00:ec2::254]"),
    ),
    of_kubeconfig(
        "a neighbour on the link", "AddressRefused", "fe80::1", config("https://[fe80::1]:6443")
    ),
    of_kubeconfig(
        "the management cluster by its name",
        "AddressRefused",
        "kubernetes.default.svc",
        config("https://kubernetes.default.svc"),
    ),
    of_kubeconfig(
        "a server that nobody knows", "NameNotResolved", "cluster.example.invalid", config(SERVER)
    ),
    *(
        of_kubeconfig(which, "AddressRefused", host.strip("[]"), config(f"https://{host}:6443"))
        for which, host in (
            ("this machine in two numbers", "127.1"),
            ("this machine in hexadecimal", "0x7f000001"),
            ("this machine in octal", "0177.0.0.1"),
            ("this machine in IPv6", "[::1]"),
            ("this machine behind a translator", "[64:ff9b::7f00:1]"),
            ("the cloud's metadata as an IPv6 address", "[::ffff:169.254.169.254]"),
            ("whatever machine it is", "0.0.0.0"),
            ("every machine at once", "255.255.255.255"),
        )
    ),
    *(
        of_kubeconfig(which, "ServerInvalid", says, config(server))
        for which, server, says in (
            ("port 0", "https://cluster.example.invalid:0", "port that does not exist"),
            ("a port beyond all", "https://cluster.example.invalid:99999", "does not exist"),
            ("a server with a question", f"{SERVER}/?a=b", "no URL of the form"),
            ("a server in other letters", "https://cl\u0443ster.example.invalid", "xn--"),
            ("a server of 600 letters", f"{SERVER}/{'a' * 600}", "no URL of the form"),
        )
    ),
    of_kubeconfig(
        "a name of one label of 70 letters",
        "NameNotResolved",
        "is not resolved",
        config(f"https://{'a' * 70}.invalid"),
    ),
    of_kubeconfig(
        "another name for the certificate, with a line break",
        "ServerInvalid",
        "tls-server-name",
        config(SERVER, cluster={"tls-server-name": "a\r\nHost: evil"}),
    ),
    of_kubeconfig(
        "two clusters of one name",
        "KubeconfigIncomplete",
        "several clusters called theirs",
        config(clusters=[{"name": "theirs", "cluster": {"server": SERVER}}] * 2),
    ),
    of_kubeconfig(
        "a name and a password",
        "KubeconfigRefused",
        "password login",
        config(SERVER, user={"token": None, "username": "ann", "password": "canary-8"}),
    ),
    of_kubeconfig(
        "a certificate from a file",
        "KubeconfigRefused",
        "client-certificate of somebody names a file",
        config(SERVER, user={"token": None, "client-certificate": "/a", "client-key": "/b"}),
    ),
    of_kubeconfig(
        "a certificate without its key",
        "KubeconfigIncomplete",
        "lacks client-key-data",
        config(SERVER, user={"token": None, "client-certificate-data": "Zm9v"}),
    ),
    of_kubeconfig(
        "the same key twice",
        "KubeconfigUnreadable",
        "line 3 has the same key twice",
        b"apiVersion: v1\nusers: []\nusers: []\n",
    ),
)

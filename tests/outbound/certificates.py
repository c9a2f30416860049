"""Certificates of a test's own authority, good and bad ones, made by the command openssl."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None and "CI" not in os.environ,
    reason="openssl makes the certificates, and is not installed",
)

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

EXTENSIONS = """
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {name}
"""

LONG_AGO, LATELY, FAR_OFF = "20200101000000Z", "20200201000000Z", "20491231000000Z"


class Authority:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "authority.pem"
        self._configuration = folder / "openssl.cnf"
        self._configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01")
        self._openssl(
            *("req", "-x509", *self._new_key("authority"), "-subj", "/CN=Authority of a test", "-days", "3650"),
            *("-config", str(self._configuration), "-extensions", "authority", "-out", str(self.certificate)),
        )

    def server(self, name: str = "DNS:shop.example", ends: str = FAR_OFF) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for the name."""
        made, extensions = self._folder / "server.pem", self._folder / "extensions.cnf"
        extensions.write_text(EXTENSIONS.format(name=name))
        request = self._folder / "request.pem"
        self._openssl(
            *("req", "-new", *self._new_key("server"), "-subj", "/CN=shop", "-out", str(request)),
            *("-config", str(self._configuration)),
        )
        self._openssl(
            *("ca", "-batch", "-notext", "-config", str(self._configuration), "-startdate", LONG_AGO, "-enddate", ends),
            *("-cert", str(self.certificate), "-keyfile", str(self._key("authority")), "-in", str(request)),
            *("-extfile", str(extensions), "-out", str(made)),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made, self._key("server"))
        return context

    def _key(self, of: str) -> Path:
        return self._folder / f"{of}-key.pem"

    def _new_key(self, of: str) -> tuple[str, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(self._key(of)))

    @staticmethod
    def _openssl(*command: str) -> None:
        subprocess.run(["openssl", *command], check=True, capture_output=True)

"""Throwaway certificates, each its own authority, made by the openssl command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

#: `openssl ca` rather than `openssl req -x509`: only it can make a certificate that has expired.
_SETTINGS = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = DNS:{name}
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    file: Path
    key: Path

    @property
    def context(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, *, name: str = "localhost", until: str = "20991231235959Z") -> Certificate:
    """A certificate for `name`, good from 2020 to `until`; the test is skipped where openssl is not installed."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("needs the openssl command to make a throwaway certificate")
    (folder / "openssl.cnf").write_text(_SETTINGS.format(name=name))
    (folder / "index.txt").touch()
    asked = f"req -new -newkey rsa:2048 -nodes -subj /CN={name} -keyout key.pem -out asked.pem"
    signed = (
        "ca -config openssl.cnf -selfsign -keyfile key.pem -in asked.pem -out certificate.pem -batch -notext "
        f"-startdate 20200101000000Z -enddate {until}"
    )
    for command in (asked, signed):
        subprocess.run([openssl, *command.split()], cwd=folder, check=True, capture_output=True)
    return Certificate(file=folder / "certificate.pem", key=folder / "key.pem")

"""Certificates, made by the openssl command."""

import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Certificates:
    """A folder with an authority, and what it has signed for 127.0.0.1 and localhost."""

    def __init__(self, folder):
        self._folder = folder

    def path(self, file):
        return str(self._folder / file)

    def make_authority(self, name):
        self._openssl(
            "req", "-x509", *KEY, "-days", "2", "-subj", f"/CN={name}",
            "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"),
        )  # fmt: skip
        return self

    def sign(self, name, authority="ca"):
        (self._folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        request = self.path(f"{name}.csr")
        self._openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out", request)
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.path(f"{authority}.pem"), "-CAkey", self.path(f"{authority}.key"),
            "-CAcreateserial", "-days", "2", "-extfile", self.path("names"), "-out", self.path(f"{name}.pem"),
        )  # fmt: skip
        return self

    def environment(self, *, client_ca=False):
        """What makes all listeners of a broker encrypt; those for clients may ask for certificates."""
        files = {"CERTIFICATE_FILE": self.path("server.pem"), "PRIVATE_KEY_FILE": self.path("server.key")}
        variables = {prefix + name: file for prefix in ("CHAT_TLS_", "CHAT_ADMIN_TLS_") for name, file in files.items()}
        if client_ca:
            variables["CHAT_TLS_CLIENT_CA_FILE"] = self.path("ca.pem")
        return variables

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

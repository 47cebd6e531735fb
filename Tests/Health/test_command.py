"""`chat-broker health` finds the broker of this machine as that broker was told to listen."""

import os
import subprocess

import pytest
from certificates import Certificates


@pytest.fixture
def certificates(tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Certificates(folder).make_authority("ca").make_authority("other").sign("server").sign("operator")


def health(*arguments, **environment):
    return subprocess.run(
        [os.environ["CHAT_BROKER"], "health", *map(str, arguments)], capture_output=True, text=True, timeout=40,
        env={**os.environ, **environment})


def test_the_environment_says_where(node):
    assert health(CHAT_ADMIN_HOST="0.0.0.0", CHAT_ADMIN_PORT=str(node.admin_port)).returncode == 0


def test_a_file_says_where_even_if_something_else_in_it_is_wrong(node, tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text(f"admin.port: {node.admin_port}\nlimits.body_bytes: many\n")
    asked = health("--config", file)
    assert asked.returncode == 0 and asked.stdout.startswith("ok\n"), asked


def test_a_directory_of_files_says_where(node, tmp_path):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "admin.port").write_text(f"{node.admin_port}\n")
    assert health("--config-directory", mounted).returncode == 0
    assert health(CHAT_CONFIG_DIRECTORY=str(mounted)).returncode == 0


def test_a_listener_that_asks_for_certificates_is_shown_one(nodes, certificates):
    environment = {**certificates.environment(), "CHAT_ADMIN_TLS_CLIENT_CA_FILE": certificates.path("ca.pem")}
    node = nodes(environment=environment)
    where = {**environment, "CHAT_ADMIN_PORT": str(node.admin_port)}
    certificate = ["--client-certificate", certificates.path("operator.pem")]
    key = ["--client-key", certificates.path("operator.key")]
    assert health(*certificate, *key, **where).returncode == 0
    without = health(**where)
    assert without.returncode == 1 and "no answer" in without.stderr
    assert "CERTIFICATE_REQUIRED" in without.stderr and "--client-certificate" in without.stderr
    # Lines of a library's source say nothing to anybody.
    assert "OPENSSL_internal" not in without.stderr and "/" not in without.stderr.split("(")[1].split(")")[0]
    plain = health("--url", f"http://localhost:{node.admin_port}")
    assert plain.returncode == 1 and "https://" in plain.stderr
    # Whoever says whom they trust is heard, whatever name the certificate has.
    assert health(*certificate, *key, "--tls-ca", certificates.path("ca.pem"), **where).returncode == 0
    assert health(*certificate, *key, "--tls-ca", certificates.path("other.pem"), **where).returncode == 1
    # Elsewhere the broker's certificate is verified.
    url = ["--url", f"https://localhost:{node.admin_port}"]
    unknown = health(*url, *certificate, *key)
    assert unknown.returncode == 1 and "--tls-ca" in unknown.stderr
    assert health(*url, *certificate, *key, "--tls-ca", certificates.path("ca.pem")).returncode == 0
    half = health(*certificate, **where)
    assert half.returncode == 64 and "--client-key" in half.stderr


def test_what_answers_and_is_no_report_is_no_broker_that_is_well(node):
    for port, path in ((node.admin_port, "/metrics"), (node.admin_port, "/admin"), (node.http_port, "/"),
                       (node.http_port, ""), (node.admin_port, "/nothing")):
        for options in ([], ["--json"]):
            asked = health("--url", f"http://127.0.0.1:{port}{path}", *options)
            assert asked.returncode == 1 and asked.stdout == "", asked
            assert "this is no health report" in asked.stderr and "/livez" in asked.stderr
    for path in ("/health", "/livez", "/readyz", "/startupz"):
        assert health("--url", f"http://127.0.0.1:{node.admin_port}{path}").returncode == 0
    encrypted = health("--url", f"https://127.0.0.1:{node.admin_port}")
    assert encrypted.returncode == 1 and "http://" in encrypted.stderr


def test_a_broker_without_such_a_listener_cannot_be_asked():
    asked = health(CHAT_ADMIN_PORT="off")
    assert asked.returncode == 1 and "--url" in asked.stderr

"""Settings from everywhere, and their change while the broker runs."""

import json
import os
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.request

import pytest

from programs import PATIENCE, PROGRAM, Terminal

SECRET = "s3cret-0123456789abcdef"


def run(*arguments, environment=None):
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE,
        env=dict(os.environ, **(environment or {})))


def keys():
    return {line["key"]: line for line in map(json.loads, run("config", "keys", "--json").stdout.splitlines())}


def printed(*arguments, environment=None):
    result = run("config", "print", "--json", *arguments, environment=environment)
    assert result.returncode == 0, result.stderr
    return {line["key"]: line for line in map(json.loads, result.stdout.splitlines())}


class ConfiguredBroker:
    """A broker whose log can be waited for."""

    def __init__(self, data, *arguments, environment=None):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", str(data), "--port", "0", "--http-port", "off", "--admin-port", "0",
             "--log-format", "text", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, **(environment or {})))
        self.lines = queue.Queue()
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()
        self.admin = self.expect(r"console at http://(\S+)/admin").group(1)
        self.address = self.expect(r"listening on (\S+)").group(1)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def expect(self, pattern):
        """Waits until a line of the log has this."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{pattern!r} was not logged: {''.join(self.said)}") from None
            self.said.append(line)
            found = re.search(pattern, line)
            if found:
                return found

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return next(line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name + " "))

    def send(self, text, check=True):
        result = run("send", "group:lobby", "--user", "alice", "--server", self.address, text)
        assert not check or result.returncode == 0, result.stderr
        return result

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*arguments, environment=None):
        started.append(ConfiguredBroker(tmp_path / "data", *arguments, environment=environment))
        return started[-1]

    yield start
    for broker in started:
        if broker.process.poll() is None:
            broker.process.kill()
            broker.process.wait()


def write(path, text):
    """As an editor does: a new file takes the old one's place."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.rename(path)


def mount(directory, number, **files):
    """As Kubernetes does: a new folder, and a link that leads there from one moment to the next."""
    folder = directory / f"..{number}"
    folder.mkdir(parents=True)
    for name, text in files.items():
        name = name.replace("__", ".")
        (folder / name).write_text(text)
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    link = directory / "..data_tmp"
    link.symlink_to(folder.name)
    link.rename(directory / "..data")


def test_print_says_where_each_value_was_read_and_keeps_secrets(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("limits:\n  body_bytes: 1000\nhttp.port: off\n")
    secrets = tmp_path / "secrets"
    mount(secrets, 1, admin__key=SECRET + "\n")
    arguments = ["--config", str(file), "--config-directory", str(secrets), "--loops", "3"]
    values = printed(*arguments, environment={"CHAT_NODE": "n1"})
    assert values.keys() == keys().keys()
    assert (values["limits.body_bytes"]["value"], values["limits.body_bytes"]["place"]) == ("1000", f"{file}:2")
    assert (values["http.port"]["value"], values["http.port"]["source"]) == ("off", "file")
    assert (values["loops"]["value"], values["loops"]["place"]) == ("3", "--loops")
    assert (values["node"]["value"], values["node"]["place"]) == ("n1", "CHAT_NODE")
    assert values["admin.key"] == {
        "key": "admin.key", "set": True, "source": "directory", "place": f"{secrets}/admin.key", "secret": True}
    assert values["port"]["source"] == "default"
    for text in (run("config", "print", *arguments), run("config", "print", "--json", *arguments)):
        assert SECRET not in text.stdout + text.stderr
        assert "admin.key" in text.stdout


def test_check_says_everything_that_is_wrong(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("limits:\n  body_byte: 1\n  frame_bytes: 1\n")
    wrong = run("config", "check", "--config", str(file))
    assert wrong.returncode == 78
    assert f'"limits.body_byte" (from {file}:2): did you mean limits.body_bytes?' in wrong.stderr
    assert f'limits.frame_bytes "1" (from {file}:3) is not allowed: use a number from 256 to 16777216' in wrong.stderr
    lines = [json.loads(line) for line in run("config", "check", "--json", "--config", str(file)).stdout.splitlines()]
    assert [(line["code"], line["place"]) for line in lines] == [
        ("unknown_key", f"{file}:2"), ("not_allowed", f"{file}:3")]
    # The start ends with the same.
    served = run("serve", "--config", str(file), "--data", str(tmp_path / "data"))
    assert (served.returncode, served.stderr) == (78, wrong.stderr)
    assert not (tmp_path / "data").exists()
    file.write_text("limits:\n  body_bytes: 1\n")
    assert run("config", "check", "--config", str(file)).returncode == 0


def test_every_key_has_an_option_a_variable_and_a_place_in_files(tmp_path):
    for key in keys().values():
        if key["type"] != "number" or key["key"] in ("port", "limits.frame_bytes", "limits.server_frame_bytes"):
            continue
        # Something else that is allowed.
        wanted = str(int(key["default"]) + 1 if key["default"].isdigit() else 2)
        for arguments, environment in (
                ([key["flag"], wanted], {}), ([], {key["variable"]: wanted})):
            assert printed(*arguments, environment=environment)[key["key"]]["value"] == wanted, key


def test_a_change_of_the_file_is_taken_while_sessions_stay(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text("limits:\n  body_bytes: 1000\nlog: {level: info}\n")
    broker = start("--config", str(file))
    listener = subprocess.Popen(
        [PROGRAM, "listen", "group:lobby", "--after", "0", "--user", "bob", "--server", broker.address, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        broker.send("before")
        assert broker.send("x" * 2000, check=False).returncode == 65
        assert "before" in listener.stdout.readline()
        write(file, "limits:\n  body_bytes: 3000\nlog: {level: debug}\nport: 1234\n")
        line = broker.expect("the configuration has changed").string
        assert "limits.body_bytes 1000 → 3000" in line and "log.level info → debug" in line
        # The flag goes before the file, so the port stays what it is and nothing needs a restart.
        assert "needs_restart" not in line
        broker.send("y" * 2000)
        assert "yyyy" in listener.stdout.readline()
        assert broker.metric('chat_config_reloads_total{result="ok"}') == "1"
        assert listener.poll() is None
    finally:
        listener.kill()
        listener.wait()
    assert broker.stop() == 0


def test_what_needs_a_restart_is_said(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text("node: one\n")
    broker = start("--config", str(file))
    write(file, "node: two\nlimits.page_messages: 7\n")
    line = broker.expect("needs a restart").string
    assert re.search(r"needs_restart.*node one → two", line)
    assert "limits.page_messages 256 → 7" in line


def test_a_broken_file_keeps_what_there_is(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text("limits:\n  body_bytes: 1000\n")
    broker = start("--config", str(file))
    assert broker.metric("chat_config_last_reload_successful") == "1"
    write(file, "limits:\n  body_bytes: many\n")
    line = broker.expect("the new configuration is not taken").string
    assert f"{file}:2" in line and "many" in line
    assert broker.metric("chat_config_last_reload_successful") == "0"
    assert broker.metric('chat_config_reloads_total{result="failed"}') == "1"
    broker.send("z" * 1000)
    assert broker.send("z" * 1001, check=False).returncode == 65
    file.unlink()
    broker.expect("No such file")
    write(file, "limits:\n  body_bytes: 2000\n")
    broker.expect("the configuration has changed")
    assert broker.metric("chat_config_last_reload_successful") == "1"
    broker.send("z" * 2000)


def test_a_mounted_configmap_is_swapped(tmp_path, start):
    mounted = tmp_path / "settings"
    mount(mounted, 1, limits__body_bytes="1000\n", log__level="info")
    broker = start("--config-directory", str(mounted))
    mount(mounted, 2, limits__body_bytes="2000\n", log__level="debug")
    line = broker.expect("the configuration has changed").string
    assert "limits.body_bytes 1000 → 2000" in line and "log.level info → debug" in line
    broker.send("z" * 2000)
    assert printed("--config-directory", str(mounted))["limits.body_bytes"]["place"] == (
        f"{mounted}/limits.body_bytes")


def test_sighup_reads_everything_again_and_tells_no_secret(tmp_path, start):
    secrets = tmp_path / "secrets"
    mount(secrets, 1, admin__key=SECRET)
    broker = start("--config-directory", str(secrets), "--log-level", "trace")
    broker.hang_up()
    broker.expect("nothing has changed.*|.*SIGHUP")
    mount(secrets, 2, admin__key=SECRET + "-new")
    broker.hang_up()
    line = broker.expect("the configuration has changed").string
    assert "admin.key (secret) → (secret)" in line and "needs_restart" not in line
    mount(secrets, 3, admin__key="hunter2")
    broker.expect("is not taken")
    assert broker.stop() == 0
    while not broker.lines.empty():
        broker.said.append(broker.lines.get())
    said = "".join(broker.said)
    assert SECRET not in said and "hunter2" not in said


def test_a_terminal_that_is_closed_ends_the_broker(tmp_path):
    terminal = Terminal(
        [PROGRAM, "serve", "--data", str(tmp_path / "data"), "--port", "0", "--http-port", "off", "--admin-port",
         "off"], dict(os.environ))
    terminal.expect("Ctrl-C stops the broker")
    os.close(terminal.descriptor)
    deadline = time.monotonic() + PATIENCE
    while True:
        ended, status = os.waitpid(terminal.process_id, os.WNOHANG)
        if ended:
            break
        assert time.monotonic() < deadline, "the broker goes on"
        time.sleep(0.05)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_know_the_options(shell):
    script = run("completions", shell).stdout
    assert "config-directory" in script and "import" in script


def test_check_reads_the_files_that_settings_name(tmp_path):
    wanted = [
        "tls.certificate_file", "tls.private_key_file", "tls.client_ca_file", "admin.tls.certificate_file",
        "admin.tls.private_key_file", "admin.tls.client_ca_file", "auth.secret_file", "auth.keys_file", "admin.key_file"]
    missing = {key: str(tmp_path / key) for key in wanted}
    environment = {f"CHAT_{key.upper().replace('.', '_')}": file for key, file in missing.items()}
    wrong = run("config", "check", "--json", "--data", str(tmp_path / "data"), environment=environment)
    assert wrong.returncode == 78
    lines = [json.loads(line) for line in wrong.stdout.splitlines()]
    # Each by itself, with its own key.
    assert sorted(line["key"] for line in lines) == sorted(wanted)
    for line in lines:
        assert line["code"] == "unreadable"
        assert missing[line["key"]] in line["message"] and "No such file" in line["message"], line
    told = run("config", "check", "--data", str(tmp_path / "data"), environment=environment).stderr
    assert all(file in told for file in missing.values())
    # Nothing is made by looking.
    assert run("config", "check", "--data", str(tmp_path / "data")).returncode == 0
    assert not (tmp_path / "data").exists()


def test_a_reload_does_not_take_what_the_next_start_would_refuse(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text("limits.body_bytes: 1000\n")
    broker = start("--config", str(file))
    missing = tmp_path / "none.pem"
    write(file, "limits.body_bytes: 2000\n"
                f"admin.tls: {{certificate_file: {missing}, private_key_file: {missing}}}\n")
    line = broker.expect("the new configuration is not taken").string
    assert f"admin.tls.certificate_file is {missing}: it cannot be read (No such file" in line
    assert broker.metric("chat_config_last_reload_successful") == "0"
    assert broker.send("z" * 1001, check=False).returncode == 65
    write(file, "limits.body_bytes: 2000\n")
    broker.expect("the configuration has changed")
    assert broker.metric("chat_config_last_reload_successful") == "1"


def test_a_broker_without_authentication_does_not_pretend_to_take_keys(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text("node: one\n")
    broker = start("--config", str(file))
    write(file, f"node: one\nauth.secret: {SECRET * 2}\n")
    line = broker.expect("the new configuration is not taken").string
    assert "restart it" in line
    assert broker.metric("chat_config_last_reload_successful") == "0"


def test_an_admin_key_that_nothing_names_any_more_is_not_kept_in_silence(tmp_path, start):
    file = tmp_path / "a.yaml"
    file.write_text(f"admin.key: {SECRET}\n")
    broker = start("--config", str(file))
    write(file, "node: one\n")
    line = broker.expect("the new configuration is not taken").string
    assert "no admin key is named any more" in line
    write(file, f"admin.key: {SECRET}-new\n")
    broker.expect("the configuration has changed")


def test_a_misspelt_variable_is_told_when_something_else_is_wrong_too(tmp_path):
    warning = "the environment variable CHAT_NOED is no setting: did you mean CHAT_NODE?"
    data = tmp_path / "data"
    wrong = {"CHAT_NOED": "x", "CHAT_LOOPS": "0", "CHAT_DATA": str(data)}
    for command in (["config", "check"], ["config", "check", "--json"], ["config", "print"], ["serve"]):
        done = run(*command, environment=wrong)
        assert done.returncode == 78
        assert warning in done.stderr, command
    missing = {"CHAT_NOED": "x", "CHAT_AUTH_KEYS_FILE": str(tmp_path / "none"), "CHAT_DATA": str(data)}
    assert warning in run("config", "check", environment=missing).stderr
    # What stops the start may come later than the settings.
    data.mkdir()
    (data / "chat.sqlite").write_text("no database, but long enough to be looked at" * 100)
    for format in ("text", "ecs"):
        done = run("serve", environment={"CHAT_NOED": "x", "CHAT_DATA": str(data), "CHAT_LOG_FORMAT": format})
        assert done.returncode == 74
        assert warning in done.stdout + done.stderr


def test_urls_are_printed_without_what_may_be_secret_and_refused_without_being_repeated(tmp_path):
    urls = {"CHAT_AUTH_JWKS_URL": "https://issuer.example/keys", "CHAT_TRACE_ENDPOINT": "http://collector.example/v1/traces"}
    queries = {name: f"{url}?key={SECRET}" for name, url in urls.items()}
    values = printed("--data", str(tmp_path), environment=queries)
    assert values["auth.jwks_url"]["value"] == "https://issuer.example/keys?(secret)"
    assert values["trace.endpoint"]["value"] == "http://collector.example/v1/traces?(secret)"
    assert SECRET not in run("config", "print", "--data", str(tmp_path), environment=queries).stdout
    for name, url in urls.items():
        refused = run("config", "check", "--data", str(tmp_path), environment={
            name: url.replace("://", f"://user:{SECRET}@")})
        assert refused.returncode == 78
        assert "without user and password (no @)" in refused.stderr
        assert SECRET not in refused.stdout + refused.stderr


def test_variables_of_client_commands_are_no_misspelt_settings(tmp_path):
    checked = run("config", "check", "--data", str(tmp_path), environment={
        "CHAT_TOKEN": "x", "CHAT_TLS": "true", "CHAT_TLS_CA": "x", "CHAT_CLIENT_CERTIFICATE": "x", "CHAT_CLIENT_KEY": "x",
        "CHAT_NOED": "x"})
    assert [line for line in checked.stderr.splitlines() if "is no setting" in line] == [
        "chat-broker: the environment variable CHAT_NOED is no setting: did you mean CHAT_NODE?"]

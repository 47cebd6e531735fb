"""The examples of Docs/clients/javascript.md do what they say, taken from there as they are but for the port."""

import functools
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest
from playwright.sync_api import expect
from web_broker import WebBroker

ROOT = pathlib.Path(__file__).parents[2]
TEXT = (ROOT / "Docs/clients/javascript.md").read_text()
FILES = re.findall(r"^\| `(chat-[a-z]+\.js)` \|", TEXT, re.MULTILINE)
EXAMPLE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(_, START), (_, PAGE), (_, MODULE), (_, PROGRAM) = EXAMPLES = EXAMPLE.findall(TEXT)
NODE = shutil.which("node")
TIME_LIMIT = 30


def node_options():
    """What this Node needs to have the WebSocket that later ones have by themselves; None if it cannot have it."""
    if NODE is None:
        return None
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout
    major = int(re.match(r"v(\d+)\.", version)[1])
    return [] if major >= 22 else ["--experimental-websocket"] if major >= 20 else None


class Site(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def folder(tmp_path):
    """A folder with the files that are to be taken."""
    folder = tmp_path / "site"
    folder.mkdir()
    for file in FILES:
        shutil.copy(ROOT / "Sources/CWebPages/web/chat" / file, folder)
    return folder


@pytest.fixture
def origin(folder):
    """Serves the folder at an address that is not the broker's."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def own_broker(tmp_path, origin):
    """Started as the document says."""
    words = START.replace("https://www.example.com", origin).split()
    assert words[:2] == ["chat-broker", "serve"]
    broker = WebBroker(tmp_path, *words[2:]).start()
    yield broker
    broker.kill()


@pytest.fixture
def look(browser):
    """Opens a page. Afterwards, nothing may be wrong."""
    faults = []
    contexts = []

    def look(url):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.goto(url)
        return page

    yield look
    for context in contexts:
        context.close()
    assert faults == []


def with_port(example, broker):
    return re.sub(r"\b7480\b", str(broker.http_port), example)


def test_the_document_has_these_examples():
    assert [language for language, _ in EXAMPLES] == ["sh", "html", "js", "js"]
    # And all that the client imports is in its table.
    imported = set()
    for file in FILES:
        text = (ROOT / "Sources/CWebPages/web/chat" / file).read_text()
        imported |= set(re.findall(r"^(?:import|}) .*?from \"\./(.*?)\";$", text, re.MULTILINE))
    assert {*imported, "chat-client.js"} == set(FILES) and len(FILES) == 9
    assert "nine files" in TEXT


def test_the_page_chats_from_another_origin(own_broker, folder, origin, look, connect):
    (folder / "index.html").write_text(with_port(PAGE, own_broker))
    said = []
    alice = look(origin)
    alice.on("console", lambda message: said.append(message.text))
    expect(alice.locator("#state")).to_have_text("online")
    bob = connect("bob", port=own_broker.port)
    bob.join("group:lobby")
    bob.publish("group:lobby", "<b>hello</b>")
    expect(alice.get_by_role("listitem")).to_have_text(["bob: <b>hello</b>"])
    alice.get_by_role("textbox", name="Message").fill("hello yourself")
    alice.get_by_role("button", name="Send").click()
    expect(alice.get_by_role("listitem")).to_have_text(["bob: <b>hello</b>", "alice: hello yourself"])
    expect(alice.get_by_role("textbox")).to_have_value("")
    assert [bob.next_message().body for _ in range(2)] == [b"<b>hello</b>", b"hello yourself"]
    assert said == ["stored as number 2"]


def test_a_page_of_an_origin_that_was_not_named_is_refused(own_broker, folder, origin, browser):
    (folder / "index.html").write_text(with_port(PAGE, own_broker))
    page = browser.new_page()
    # Of the same server, but another origin.
    page.goto(origin.replace("127.0.0.1", "localhost"))
    expect(page.locator("#state")).to_have_text("waiting")
    page.close()


def test_the_module_brings_a_page_back_to_where_it_was(own_broker, folder, origin, look, connect):
    (folder / "places.js").write_text(MODULE)
    (folder / "index.html").write_text(f"""<!doctype html><title>Places</title><ul></ul><script type="module">
      import {{ connect }} from "./places.js";
      window.client = connect("ws://127.0.0.1:{own_broker.http_port}/v1/ws", "alice");
      client.addEventListener("message", ({{ detail }}) => {{
        const item = document.createElement("li");
        item.textContent = detail.text;
        document.querySelector("ul").append(item);
      }});
    </script>""")
    alice = look(origin)
    alice.evaluate("client.join('group:lobby').then(() => client.subscribe('broadcast:news'))")
    bob = connect("bob", port=own_broker.port)
    bob.join("group:lobby")
    bob.publish("group:lobby", "one")
    bob.publish("broadcast:news", "two")
    expect(alice.get_by_role("listitem")).to_have_count(2)
    alice.goto("about:blank")
    bob.publish("group:lobby", "three")
    bob.publish("broadcast:news", "four")
    alice.goto(origin)
    # Each once, also those of the broadcast, which the broker does not remember.
    expect(alice.get_by_role("listitem")).to_have_count(2)
    bob.publish("group:lobby", "five")
    expect(alice.get_by_role("listitem")).to_have_count(3)
    assert set(alice.get_by_role("listitem").all_inner_texts()) == {"three", "four", "five"}


@pytest.mark.skipif(node_options() is None, reason="there is no node of version 20 or later in PATH")
def test_the_program_answers(own_broker, folder, connect):
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "clock.js").write_text(PROGRAM)
    program = subprocess.Popen(
        [NODE, *node_options(), "clock.js"],
        cwd=folder,
        env={**os.environ, "CHAT_URL": f"ws://127.0.0.1:{own_broker.http_port}/v1/ws"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Should it not come so far, it ends, and what is waited for ends with it.
    limit = threading.Timer(TIME_LIMIT, program.kill)
    limit.start()
    try:
        assert program.stdout.readline() == "clock is in group:lobby\n"
        bob = connect("bob", port=own_broker.port)
        bob.join("group:lobby")
        bob.publish("group:lobby", "time?")
        assert program.stdout.readline() == "answered bob with number 2\n"
        assert bob.next_message().body == b"time?"
        answer = bob.next_message()
        assert answer.sender == "clock"
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.body)
    finally:
        limit.cancel()
        program.kill()
        _, errors = program.communicate()
    # Node 20 warns that its WebSocket is an experiment.
    assert [line for line in errors.splitlines() if "Warning" not in line and "--trace-warnings" not in line] == []

"""Starts a broker for somebody to look at, after using it once itself: health, metrics, pages, a message each way.

EXAMPLES
  run.sh preview --broker .build-broker/release/chat-broker
  run.sh preview --broker ./chat-broker --keep     # until Ctrl-C

EXIT CODES
  0 all of it works  1 something does not  64 wrong usage  69 it does not start
"""

import argparse
import pathlib
import signal
import sys
import tempfile
import urllib.error
import urllib.request

from canary_check import Parser
from chat_client import ChatClient, Closed, Refused
from gate import executable
from node import ANSWER_LIMIT, Node
from websocket_chat_client import JSONChatClient, WebSocketChatClient

BROKEN, UNAVAILABLE = 1, 69
GROUP = "group:preview"


def pages(node):
    """What has to answer 200."""
    public, admin = f"http://127.0.0.1:{node.http_port}", f"http://127.0.0.1:{node.admin_port}"
    paths = ("/livez", "/readyz", "/startupz", "/health", "/metrics", "/admin")
    return [f"{public}/"] + [f"{admin}{path}" for path in paths]


def try_page(address):
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_LIMIT) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def try_message(node):
    """A message over each transport, which all of them get."""
    kinds = {ChatClient: node.port, WebSocketChatClient: node.http_port, JSONChatClient: node.http_port}
    clients = []
    try:
        for kind, port in kinds.items():
            clients.append(kind("127.0.0.1", port, f"preview-{kind.__name__}"))
            clients[-1].join(GROUP)
        for number, sender in enumerate(clients):
            text = f"hello from {number}"
            sequence = sender.publish(GROUP, text).sequence
            for client in clients:
                message = client.next_message(ANSWER_LIMIT)
                if message is None or (message.sequence, message.body.decode()) != (sequence, text):
                    return False
        return list(node.history(GROUP)) == [1, 2, 3]
    except (Refused, Closed, TimeoutError) as error:
        print(f"a message: {error}", file=sys.stderr)
        return False
    finally:
        for client in clients:
            client.close()


def main(words=None):
    parser = Parser(prog="preview", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", required=True, type=executable, help="the program to start")
    parser.add_argument("--keep", action="store_true", help="let it run until Ctrl-C")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="chat-preview-") as directory:
        node = Node(options.broker, pathlib.Path(directory) / "preview")
        try:
            node.start()
            tried = {address: try_page(address) for address in pages(node)}
            tried["a message over TCP and WebSocket, to all and to the history"] = try_message(node)
            for what, works in tried.items():
                print(f"{'works' if works else 'BROKEN':7} {what}", flush=True)
            if not all(tried.values()):
                return BROKEN
            if options.keep:
                print("Ctrl-C ends it", flush=True)
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
            code = node.drain()
            print(f"{'works' if code == 0 else 'BROKEN':7} draining, with exit code {code}")
            return 0 if code == 0 else BROKEN
        except (RuntimeError, OSError) as error:
            print(f"preview: {error}", file=sys.stderr)
            return UNAVAILABLE
        finally:
            node.kill()


if __name__ == "__main__":
    sys.exit(main())

"""The little of Elasticsearch that a shipper needs: it takes documents at /_bulk, and keeps them."""

import http.server
import json
import threading


# Why a document is refused.
REASON = "a field is of another type"


class BulkReceiver:
    def __init__(self):
        self.documents = []
        self.indices = set()
        self.operations = set()
        self.ids = []
        # Documents with this in them are refused.
        self.refuses = None
        self._lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self._answer(200, {"version": {"number": "8.11.0"}})

            do_HEAD = do_GET

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                results = receiver.take(body) if self.path.endswith("_bulk") else []
                errors = any("error" in result for result in results)
                self._answer(200, {"took": 1, "errors": errors, "items": [{"create": result} for result in results]})

            def _answer(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self):
        """Until now connections are refused."""
        self._server.server_activate()
        self._thread.start()

    def take(self, body):
        """What is answered for each document."""
        lines = [line for line in body.decode().split("\n") if line]
        assert len(lines) % 2 == 0, "an action without a document"
        results = []
        with self._lock:
            for action, document in zip(lines[::2], lines[1::2]):
                if self.refuses and self.refuses in document:
                    error = {"type": "document_parsing_exception", "reason": REASON}
                    results.append({"status": 400, "error": error})
                    continue
                results.append({"status": 201})
                (operation, target), = json.loads(action).items()
                self.operations.add(operation)
                self.indices.add(target["_index"])
                self.ids.append(target.get("_id"))
                self.documents.append(json.loads(document))
        return results

    def close(self):
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

"""A collector of traces that reads them with the official protobufs of OpenTelemetry."""

import http.server
import threading
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest, ExportTraceServiceResponse)

from ecs_broker import wait_until


class Collector:
    def __init__(self):
        self.requests = []
        # Statuses for the next requests, before one is taken.
        self.refusals = []
        # A header field of the refusals.
        self.retry_after = None
        # Each that was refused: when, and its body.
        self.refused = []
        # When the first was taken.
        self.taken_at = None
        # Spans that the next answer says were not taken.
        self.rejects = 0
        self._lock = threading.Lock()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with collector._lock:
                    if collector.refusals:
                        collector.refused.append((time.monotonic(), body))
                        return self._answer(collector.refusals.pop(0), b"", collector.retry_after)
                    collector.taken_at = collector.taken_at or time.monotonic()
                    assert self.path == "/v1/traces", self.path
                    assert self.headers["Content-Type"] == "application/x-protobuf"
                    collector.requests.append(ExportTraceServiceRequest.FromString(body))
                    response = ExportTraceServiceResponse()
                    if collector.rejects:
                        response.partial_success.rejected_spans = collector.rejects
                        response.partial_success.error_message = "too old"
                        collector.rejects = 0
                self._answer(200, response.SerializeToString())

            def _answer(self, status, body, retry_after=None):
                self.send_response(status)
                if retry_after is not None:
                    self.send_header("Retry-After", str(retry_after))
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self):
        with self._lock:
            return [span for request in self.requests for resource in request.resource_spans
                    for scope in resource.scope_spans for span in scope.spans]

    def of_trace(self, trace):
        return [span for span in self.spans() if span.trace_id.hex() == trace]

    def wait_for(self, trace, *names):
        """The spans of a trace by name, once these are there."""
        def found():
            spans = {span.name: span for span in self.of_trace(trace)}
            return spans if set(names) <= set(spans) else None

        return wait_until(found, f"{names} of {trace}; there are {[span.name for span in self.of_trace(trace)]}")

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def attributes(entry):
    """Attributes of a span or a resource."""
    return {attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value"))
            for attribute in entry.attributes}

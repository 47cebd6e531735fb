"""A network that can be cut: a TCP relay in front of the broker."""

import contextlib
import socket
import threading


class Relay:
    def __init__(self, target_port):
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open = set()
        self._is_cut = False
        self._flows = threading.Event()
        self._flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends all connections and refuses new ones."""
        with self._lock:
            self._is_cut = True
            connections, self._open = self._open, set()
        for connection in connections:
            _end(connection)

    def freeze(self):
        """Nothing goes through any more, and nobody is told."""
        self._flows.clear()

    def mend(self):
        with self._lock:
            self._is_cut = False
        self._flows.set()

    def close(self):
        self.cut()
        self._flows.set()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target_port))
            except OSError:
                return
            with self._lock:
                is_cut = self._is_cut
                if not is_cut:
                    self._open |= {client, server}
            if is_cut:
                _end(client)
                _end(server)
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(64 * 1024):
                self._flows.wait()
                sink.sendall(data)
        _end(source)
        _end(sink)


def _end(connection):
    # Closing alone would not wake a thread that reads.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()

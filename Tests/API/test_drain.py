"""A drain that is asked for over HTTP."""

import json
import time
import urllib.request

from api_broker import Broker


def test_a_drain_ends_the_broker(tmp_path):
    broker = Broker(tmp_path).start()
    try:
        request = urllib.request.Request(
            f"{broker.api}/v1/broker/drain", method="POST", headers={"Authorization": f"Bearer {broker.key}"}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status == 202
            body = json.load(response)
        assert body["state"] == "draining"
        assert body["drain"] == {"sessionsAtStart": 0, "sessionsLeft": 0}
        deadline = time.monotonic() + 20
        while broker.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not broker.is_running()
    finally:
        assert broker.stop() == 0, broker.log()

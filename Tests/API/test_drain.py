"""A drain that is asked for over HTTP."""

import json
import urllib.request

from broker import COMMAND_LIMIT, Broker


def test_a_drain_ends_the_broker(tmp_path):
    broker = Broker(tmp_path).start()
    try:
        request = urllib.request.Request(
            f"{broker.api}/v1/broker/drain", method="POST", headers={"Authorization": f"Bearer {broker.key}"}
        )
        with urllib.request.urlopen(request, timeout=COMMAND_LIMIT) as response:
            assert response.status == 202
            body = json.load(response)
        assert body["state"] == "draining"
        assert body["drain"] == {"sessionsAtStart": 0, "sessionsLeft": 0}
        assert broker.exit_code() == 0, broker.log()
    finally:
        broker.kill()

"""The API behaves as /v1/openapi.json says, whatever it is sent."""

import os
import subprocess
import sys
from pathlib import Path

# Cases for each operation in each phase that has no natural end; all phases together take about a minute.
EXAMPLES = os.environ.get("CHAT_API_EXAMPLES", "100")
TIME_LIMIT = 300
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
]


def test_the_api_is_as_described(broker, tmp_path):
    schemathesis = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [schemathesis, "run", f"{broker.api}/v1/openapi.json"]
        + ["--header", f"Authorization: Bearer {broker.key}"]
        + ["--checks", ",".join(CHECKS), "--mode", "all", "--phases", "examples,coverage,fuzzing"]
        # It would end the broker.
        + ["--exclude-path", "/v1/broker/drain"]
        + ["--max-examples", EXAMPLES, "--generation-deterministic"]
        + ["--continue-on-failure", "--suppress-health-check", "all", "--no-color"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stdout

"""Sets the share of new connections that Envoy sends to the canary.

The file of routes is replaced as a whole, by a rename, so Envoy never reads half of it; it watches the folder. Sessions
that are open stay where they are.

EXAMPLES
  envoy_weight.py /etc/envoy/routes/routes.json 5
  envoy_weight.py /etc/envoy/routes/routes.json 0 --admin http://127.0.0.1:9901

EXIT CODES
  0 done  64 wrong usage  69 Envoy has not taken it in time
"""

import argparse
import json
import os
import pathlib
import sys
import time
import urllib.request

from canary_check import Parser

TAKE_LIMIT = 30
UNAVAILABLE = 69


def routes(weight, version):
    """What Envoy's route discovery reads: `chat` as the listener in Deploy/envoy/envoy.yaml names it."""
    return {
        "version_info": version,
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": "chat",
                "virtual_hosts": [
                    {
                        "name": "chat",
                        "domains": ["*"],
                        "routes": [
                            {
                                "match": {"prefix": "/"},
                                "route": {
                                    # A WebSocket is one request that lasts.
                                    "timeout": "0s",
                                    "weighted_clusters": {
                                        "clusters": [
                                            {"name": "stable", "weight": 100 - weight},
                                            {"name": "canary", "weight": weight},
                                        ]
                                    },
                                },
                            }
                        ],
                    }
                ],
            }
        ],
    }


def write(file, weight):
    """Returns the version that was written."""
    file = pathlib.Path(file)
    version = f"{time.time_ns()}-{weight}"
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(routes(weight, version), indent=2) + "\n")
    beside.replace(file)
    return version


def wait_until_taken(admin, version):
    """Raises TimeoutError if Envoy goes on with other routes."""
    deadline = time.monotonic() + TAKE_LIMIT
    while time.monotonic() < deadline:
        url = f"{admin.rstrip('/')}/config_dump?resource=dynamic_route_configs"
        with urllib.request.urlopen(url, timeout=TAKE_LIMIT) as answer:
            configurations = json.load(answer).get("configs", [])
        if any(configuration.get("version_info") == version for configuration in configurations):
            return
        time.sleep(0.05)
    raise TimeoutError(f"Envoy has not taken the routes within {TAKE_LIMIT} s: its log says why")


def percentage(text):
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not allowed: it is 0 to 100")
    return number


def main(words=None):
    parser = Parser(
        prog="envoy_weight.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="the file of routes that Envoy watches")
    parser.add_argument("weight", type=percentage, help="the canary's percentage")
    parser.add_argument("--admin", metavar="URL", help="Envoy's own listener; with it, wait until Envoy has taken it")
    options = parser.parse_args(words)
    version = write(options.file, options.weight)
    try:
        if options.admin:
            wait_until_taken(options.admin, version)
    except OSError as error:
        print(f"envoy_weight.py: {error}", file=sys.stderr)
        return UNAVAILABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())

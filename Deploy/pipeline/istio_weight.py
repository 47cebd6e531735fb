"""Sets the share of new connections that Istio sends to the canary: all routes of the VirtualService chat-broker.

EXAMPLES
  istio_weight.py 5
  istio_weight.py --namespace chat 0
  istio_weight.py --print 50 < virtual-service.json

EXIT CODES
  0 done  64 wrong usage  65 the VirtualService is not as expected  otherwise kubectl's
"""

import argparse
import json
import subprocess
import sys

from canary_check import Parser
from envoy_weight import percentage

REFUSED = 65


def patch(service, weight):
    """JSON patches that set the weights of all routes with the subsets stable and canary.

    Raises ValueError if there is no such route, because then nothing would happen.
    """
    weights = {"stable": 100 - weight, "canary": weight}
    patches = []
    for kind in ("http", "tcp", "tls"):
        for rule, entry in enumerate(service["spec"].get(kind, [])):
            for place, destination in enumerate(entry.get("route", [])):
                subset = destination["destination"].get("subset")
                if subset in weights:
                    path = f"/spec/{kind}/{rule}/route/{place}/weight"
                    patches.append({"op": "add", "path": path, "value": weights[subset]})
    if len(patches) < 2:
        raise ValueError("the VirtualService has no route with the subsets stable and canary")
    return patches


def main(words=None):
    parser = Parser(
        prog="istio_weight.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weight", type=percentage, help="the canary's percentage")
    parser.add_argument("--name", default="chat-broker", help="the VirtualService")
    parser.add_argument("--namespace", default="chat")
    parser.add_argument("--print", action="store_true", help="read it from the input, and only print the patches")
    options = parser.parse_args(words)
    kubectl = ["kubectl", "--namespace", options.namespace]
    kind = "virtualservice.networking.istio.io"
    try:
        if options.print:
            print(json.dumps(patch(json.load(sys.stdin), options.weight)))
            return 0
        found = subprocess.run([*kubectl, "get", kind, options.name, "-o", "json"], check=True, stdout=subprocess.PIPE)
        patches = json.dumps(patch(json.loads(found.stdout), options.weight))
        subprocess.run([*kubectl, "patch", kind, options.name, "--type", "json", "--patch", patches], check=True)
    except subprocess.CalledProcessError as error:
        return error.returncode
    except (ValueError, KeyError) as error:
        print(f"istio_weight.py: {error}", file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())

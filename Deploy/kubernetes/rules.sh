#!/bin/sh
# Makes the PrometheusRule of Deploy/prometheus/rules.yaml: the same rules, as the Prometheus operator takes them.
# Usage: rules.sh [--check]; with --check it fails if the file is not what would be made.
set -eu
cd "$(dirname "$0")"

source=../prometheus/rules.yaml
result=components/monitoring/prometheus-rule.yaml
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
  cat <<'YAML'
# Made from Deploy/prometheus/rules.yaml by `make generate-rules`: change that.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: chat-broker
  labels:
    app.kubernetes.io/name: chat-broker
    app.kubernetes.io/part-of: chat
spec:
YAML
  sed -e 's/^./  &/' "$source"
} >"$new"
if [ "${1:-}" = --check ]; then
  cmp -s "$new" "$result" || {
    echo "$result is not what $source makes of it: run make generate-rules" >&2
    exit 1
  }
else
  cp "$new" "$result"
  chmod 644 "$result"
fi

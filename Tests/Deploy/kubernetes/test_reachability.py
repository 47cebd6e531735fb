"""Names, labels and ports that have to fit together."""

import pytest
from manifests import of_kind, only, parse

PORTS = {"tcp": 7400, "http": 7480, "admin": 7490}


def brokers(manifests):
    return [workload for workload in of_kind(manifests, "StatefulSet") if workload.pod["containers"][0]["name"] == "chat-broker"]


@pytest.fixture
def broker(production):
    return only(production, "StatefulSet", "chat-broker")


def test_a_broker_has_its_three_ports(broker):
    named = {port["name"]: port["containerPort"] for port in broker.container("chat-broker")["ports"]}
    assert named == PORTS


def test_every_workload_selects_its_own_pods_and_no_others(manifests):
    workloads = [manifest for manifest in manifests if manifest.is_workload]
    # Those of a CronJob are selected by what Kubernetes makes up.
    for workload in (one for one in workloads if one["kind"] != "CronJob"):
        for other in workloads:
            assert workload.selects(other.pod_labels) is (workload is other), f"{workload} and {other}"


def test_every_service_finds_a_pod_that_has_its_ports(manifests):
    for service in of_kind(manifests, "Service"):
        found = [workload for workload in manifests if workload.is_workload and service.selects(workload.pod_labels)]
        assert found, str(service)
        for workload in found:
            names = {port["name"] for container in workload.containers for port in container.get("ports", [])}
            for port in service["spec"]["ports"]:
                assert port["targetPort"] in names, f"{service} {port}"
                assert port["port"] == PORTS[port["name"]]


def test_the_service_of_clients_does_not_lead_to_the_admin_port(production):
    ports = {port["name"] for port in only(production, "Service", "chat-broker")["spec"]["ports"]}
    assert ports == {"tcp", "http"}


def test_a_stateful_set_is_named_by_a_headless_service(manifests):
    for broker in brokers(manifests):
        service = only(manifests, "Service", broker["spec"]["serviceName"])
        assert service["spec"]["clusterIP"] == "None"
        assert service.selects(broker.pod_labels)


def test_an_ingress_leads_to_ports_that_services_have_and_never_to_the_admin_port(manifests):
    for ingress in of_kind(manifests, "Ingress"):
        assert ingress["spec"]["tls"]
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                ports = {port["name"] for port in only(manifests, "Service", backend["name"])["spec"]["ports"]}
                assert backend["port"]["name"] in ports - {"admin"}


def test_no_ingress_leads_to_a_canary(manifests):
    # It knows no weights, so each pod would get as much as any other.
    for ingress in of_kind(manifests, "Ingress"):
        backends = [path["backend"]["service"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
        for backend in backends + [one["service"] for one in [ingress["spec"].get("defaultBackend")] if one]:
            service = only(manifests, "Service", backend["name"])
            led_to = [broker for broker in brokers(manifests) if service.selects(broker.pod_labels)]
            assert [broker.pod_labels["track"] for broker in led_to] == ["stable"], f"{ingress} {service}"


def test_an_ingress_lets_a_websocket_be_silent_for_longer_than_heartbeats_take(production):
    annotations = only(production, "Ingress", "chat-broker")["metadata"]["annotations"]
    for key in ("proxy-read-timeout", "proxy-send-timeout"):
        assert int(annotations[f"nginx.ingress.kubernetes.io/{key}"]) > 10 * 25


def test_the_network_policy_covers_every_broker_and_keeps_the_admin_port_for_monitoring(manifests):
    for broker in brokers(manifests):
        policy = only(manifests, "NetworkPolicy", "chat-broker")
        wanted = policy["spec"]["podSelector"]["matchLabels"]
        assert wanted.items() <= broker.pod_labels.items()
        assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        for rule in policy["spec"]["ingress"]:
            ports = {port["port"] for port in rule["ports"]}
            assert ports <= PORTS.keys()
            assert ("admin" in ports) is bool(rule.get("from"))


def test_what_scales_or_protects_the_broker_names_it(manifests):
    targets = {str(broker) for broker in brokers(manifests)}
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler["spec"]["scaleTargetRef"]
        assert f"{target['kind']}/{target['name']}" in targets
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        assert any(budget.selects(broker.pod_labels) for broker in brokers(manifests))


def test_there_is_one_scaler_at_most(manifests):
    assert len(of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject")) <= 1


def test_nothing_scales_an_embedded_store_beyond_one_replica(manifests):
    for broker in brokers(manifests):
        assert broker["spec"]["replicas"] == 1
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler"):
        assert scaler["spec"]["maxReplicas"] == 1
    for scaler in of_kind(manifests, "ScaledObject"):
        assert scaler["spec"]["maxReplicaCount"] == 1


def test_a_service_monitor_finds_the_admin_port_and_names_the_job_of_the_alerts(production):
    monitor = only(production, "ServiceMonitor", "chat-broker")
    services = [service for service in of_kind(production, "Service") if monitor.selects(service.labels)]
    assert len(services) == 1
    ports = {port["name"] for port in services[0]["spec"]["ports"]}
    for endpoint in monitor["spec"]["endpoints"]:
        assert endpoint["port"] in ports
        assert endpoint["path"] == "/metrics"
    assert services[0].labels[monitor["spec"]["jobLabel"]] == "chat-broker"


def test_the_canary_is_told_apart_and_shares_the_services(canary):
    stable, trial = (only(canary, "StatefulSet", name) for name in ("chat-broker", "chat-broker-canary"))
    assert (stable.pod_labels["track"], trial.pod_labels["track"]) == ("stable", "canary")
    assert stable.containers[0]["image"] != trial.containers[0]["image"]
    service = only(canary, "Service", "chat-broker")
    assert service.selects(stable.pod_labels) and service.selects(trial.pod_labels)


def test_every_route_of_the_canary_gives_out_the_whole_and_leads_to_subsets_with_pods(canary):
    rule = only(canary, "DestinationRule", "chat-broker")
    subsets = {subset["name"]: subset["labels"] for subset in rule["spec"]["subsets"]}
    for subset, labels in subsets.items():
        assert any(labels.items() <= broker.pod_labels.items() for broker in brokers(canary)), subset
    service = only(canary, "Service", rule["spec"]["host"])
    ports = {port["port"] for port in service["spec"]["ports"]}
    routes = only(canary, "VirtualService", "chat-broker")["spec"]
    for route in routes["http"] + routes["tcp"]:
        assert sum(part["weight"] for part in route["route"]) == 100
        for part in route["route"]:
            assert part["destination"]["host"] == service.name
            assert part["destination"]["subset"] in subsets
            assert part["destination"]["port"]["number"] in ports


def test_a_canary_begins_with_five_percent_of_every_route(canary):
    routes = only(canary, "VirtualService", "chat-broker")["spec"]
    for route in routes["http"] + routes["tcp"]:
        weights = {part["destination"]["subset"]: part["weight"] for part in route["route"]}
        assert weights == {"stable": 95, "canary": 5}
    # Over WebSocket, and over TCP.
    numbers = {part["destination"]["port"]["number"] for route in routes["http"] + routes["tcp"] for part in route["route"]}
    assert numbers == {PORTS["http"], PORTS["tcp"]}


def test_the_canary_is_reached_from_outside_through_a_gateway_that_is_there(canary, production):
    routes = only(canary, "VirtualService", "chat-broker")["spec"]
    gateways = [name for name in routes["gateways"] if name != "mesh"]
    assert gateways and not of_kind(canary, "Ingress")
    ingress = only(production, "Ingress", "chat-broker")["spec"]
    for name in gateways:
        servers = only(canary, "Gateway", name)["spec"]["servers"]
        # The same names with the same certificate, and nothing without one.
        assert {host for server in servers for host in server["hosts"]} == {rule["host"] for rule in ingress["rules"]}
        assert {host for server in servers for host in server["hosts"]} <= set(routes["hosts"])
        for server in servers:
            if server["port"]["protocol"] == "HTTPS":
                assert server["tls"]["credentialName"] == ingress["tls"][0]["secretName"]
            else:
                assert server["tls"] == {"httpsRedirect": True}
        assert "HTTPS" in {server["port"]["protocol"] for server in servers}


def test_a_websocket_has_no_time_limit_on_its_way_through_istio(canary):
    for route in only(canary, "VirtualService", "chat-broker")["spec"]["http"]:
        assert route["timeout"] == "0s"


def test_development_has_nothing_that_needs_an_operator(texts):
    kinds = {manifest["apiVersion"].split("/")[0] for manifest in parse(texts["overlays/development"])}
    assert kinds <= {"v1", "apps", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"}

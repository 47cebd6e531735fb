"""What every workload has to do without."""

from manifests import of_kind, only, parse

# What of its machine a pod that ships logs may see.
SHARED_PATHS = {"/var/log", "/var/lib/fluentd"}
# Container → why it may run as root. Nothing else may.
ROOT_NEEDED = {"fluentd": "the logs of containers on a machine belong to its root"}


def containers(manifests):
    for workload in manifests:
        if workload.is_workload:
            for container in workload.containers:
                yield workload, container


def test_no_container_runs_as_root_but_those_that_say_why(manifests):
    for workload, container in containers(manifests):
        context = {**workload.pod.get("securityContext", {}), **container.get("securityContext", {})}
        if container["name"] in ROOT_NEEDED:
            continue
        assert context.get("runAsNonRoot") is True, f"{workload} {container['name']}"
        assert context.get("runAsUser", 0) > 0, f"{workload} {container['name']}"


def test_every_root_file_system_is_read_only(manifests):
    for workload, container in containers(manifests):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, f"{workload} {container['name']}"


def test_no_container_gains_privileges(manifests):
    for workload, container in containers(manifests):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, f"{workload} {container['name']}"
        assert not context.get("privileged", False)
        assert context["capabilities"]["drop"] == ["ALL"]
        added = context["capabilities"].get("add", [])
        assert added == (["DAC_READ_SEARCH"] if container["name"] in ROOT_NEEDED else [])


def test_every_pod_is_under_the_seccomp_profile_of_the_runtime(manifests):
    for workload, container in containers(manifests):
        context = {**workload.pod.get("securityContext", {}), **container["securityContext"]}
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, str(workload)


def test_no_pod_shares_anything_with_its_machine_but_logs(manifests):
    for workload, _ in containers(manifests):
        assert not any(workload.pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))
        for volume in workload.pod.get("volumes", []):
            path = volume.get("hostPath", {}).get("path")
            assert path is None or (workload.name == "fluentd" and path in SHARED_PATHS), f"{workload} {path}"


def test_only_what_asks_the_kubernetes_api_gets_a_token(manifests):
    bound = {
        subject["name"] for binding in of_kind(manifests, "ClusterRoleBinding") for subject in binding["subjects"]
    }
    accounts = {account.name: account for account in of_kind(manifests, "ServiceAccount")}
    for workload, _ in containers(manifests):
        account = workload.pod["serviceAccountName"]
        assert account in accounts, f"{workload} uses the default account or one that is not there"
        assert workload.pod["automountServiceAccountToken"] is (account in bound), str(workload)
        assert accounts[account]["automountServiceAccountToken"] is False


def test_fluentd_may_ask_what_pods_and_namespaces_are_called_and_nothing_else(texts):
    manifests = parse(texts["logging"])
    role = only(manifests, "ClusterRole", "fluentd")
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["get", "list", "watch"]}]
    # A role that gathers others would get their rules.
    assert "aggregationRule" not in role
    binding = only(manifests, "ClusterRoleBinding", "fluentd")
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "fluentd"}
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "fluentd", "namespace": "logging"}]
    # Which is that of the pods.
    daemon = only(manifests, "DaemonSet", "fluentd")
    assert (daemon.pod["serviceAccountName"], daemon["metadata"]["namespace"]) == ("fluentd", "logging")


def test_every_container_says_what_it_needs_and_has_a_limit_of_memory(manifests):
    for workload, container in containers(manifests):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), f"{workload} {container['name']}"
        assert "memory" in resources["limits"], f"{workload} {container['name']}"


def test_every_image_has_a_version(manifests):
    for workload, container in containers(manifests):
        _, colon, tag = container["image"].rpartition(":")
        assert colon and tag and "/" not in tag and tag != "latest", f"{workload} {container['image']}"


def test_every_namespace_enforces_a_pod_security_standard(manifests):
    for namespace in of_kind(manifests, "Namespace"):
        assert namespace.labels["pod-security.kubernetes.io/enforce"] in ("restricted", "privileged")
        if not any(workload["kind"] == "DaemonSet" for workload, _ in containers(manifests)):
            assert namespace.labels["pod-security.kubernetes.io/enforce"] == "restricted"

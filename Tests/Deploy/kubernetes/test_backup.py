"""Copies of the store in the cluster, and the way back."""

import os
import re
import signal
import subprocess

import pytest
from manifests import of_kind, only

BROKER = os.environ["CHAT_BROKER"]
TIMEOUT = 60
NAMES = ["chat-broker-backup-daily", "chat-broker-backup-weekly", "chat-broker-restore"]
UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}


@pytest.fixture
def broker(production):
    return only(production, "StatefulSet", "chat-broker")


@pytest.fixture
def jobs(production):
    return {job.name: job for job in of_kind(production, "CronJob")}


def users(production):
    """All that mounts the copies."""
    return [one for one in production if one.is_workload and "backups" in {each["name"] for each in one.pod["volumes"]}]


def claims(workload):
    return {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in workload.pod["volumes"]
        if "persistentVolumeClaim" in volume
    }


def size(claim):
    text = claim["spec"]["resources"]["requests"]["storage"]
    return int(text[:-2]) * UNITS[text[-2:]]


def test_there_are_copies_of_two_ages_and_a_way_back(jobs):
    assert sorted(jobs) == NAMES


def test_they_have_the_volume_of_the_store_and_that_of_the_copies(production, broker):
    template, = broker["spec"]["volumeClaimTemplates"]
    store = f"{template['metadata']['name']}-{broker.name}-0"
    assert len(users(production)) == len(NAMES) + 1
    for user in users(production):
        assert claims(user) == {"data": store, "backups": "chat-broker-backup"}, str(user)
        # Otherwise they could not read the store, nor the broker what is restored.
        for key in ("runAsUser", "runAsGroup", "fsGroup"):
            assert user.pod["securityContext"][key] == broker.pod["securityContext"][key]


def test_all_copies_have_room(manifests):
    for claim in of_kind(manifests, "PersistentVolumeClaim"):
        template, = only(manifests, "StatefulSet", "chat-broker")["spec"]["volumeClaimTemplates"]
        # Of the night, of the week, and the one that is being made.
        assert size(claim) >= 3 * size(template)


def test_a_copy_is_made_on_the_machine_of_the_broker_whose_volume_it_is(jobs, production):
    for name in NAMES[:2]:
        term, = jobs[name].pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        wanted = term["labelSelector"]["matchLabels"].items()
        assert [str(one) for one in production if one.is_workload and wanted <= one.pod_labels.items()] == [
            "StatefulSet/chat-broker"
        ]


def test_copies_of_a_canary_are_not_made(canary):
    for job in of_kind(canary, "CronJob"):
        assert "canary" not in claims(job)["data"]
        terms = job.pod.get("affinity", {}).get("podAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
        trial = only(canary, "StatefulSet", "chat-broker-canary").pod_labels.items()
        assert not any(term["labelSelector"]["matchLabels"].items() <= trial for term in terms)


def test_nothing_is_restored_by_itself(jobs):
    assert jobs["chat-broker-restore"]["spec"]["suspend"] is True
    assert not any(jobs[name]["spec"].get("suspend") for name in NAMES[:2])


def test_copies_are_made_at_different_times_one_after_the_other(jobs):
    schedules = [jobs[name]["spec"]["schedule"] for name in NAMES[:2]]
    assert len(set(schedules)) == 2 and all(len(schedule.split()) == 5 for schedule in schedules)
    for name in NAMES:
        assert jobs[name]["spec"]["concurrencyPolicy"] == "Forbid"
        # A copy that hangs would keep the volume, and with it the broker, on this machine.
        assert jobs[name]["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 3600


def test_it_is_the_same_program(jobs, broker):
    for job in jobs.values():
        assert job.container("chat-broker")["image"] == broker.container("chat-broker")["image"]


def test_what_has_the_files_has_no_network(production):
    policy = only(production, "NetworkPolicy", "chat-broker-backup")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"} and not {"ingress", "egress"} & policy.keys()
    others = [one for one in of_kind(production, "NetworkPolicy") if one.name != "chat-broker-backup"]
    for user in users(production):
        assert policy["podSelector"]["matchLabels"].items() <= user.pod_labels.items()
        assert not any(one["spec"]["podSelector"]["matchLabels"].items() <= user.pod_labels.items() for one in others)


def test_only_the_shell_has_a_shell_and_nobody_starts_it(production):
    shell = only(production, "Deployment", "chat-broker-backup-shell")
    assert shell["spec"]["replicas"] == 0


@pytest.fixture
def run(tmp_path, jobs):
    """Runs a job's command with the program and folders of this machine."""

    def run(name):
        container = jobs[name].container("chat-broker")
        folders = {mount["mountPath"]: tmp_path / mount["name"] for mount in container["volumeMounts"]}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        here = re.compile("=(" + "|".join(map(re.escape, folders)) + r")(?=/|$)")
        words = [here.sub(lambda found: f"={folders[found[1]]}", word) for word in container["args"]]
        return subprocess.run([BROKER, *words], capture_output=True, text=True, timeout=TIMEOUT)

    return run


def make_store(directory):
    ports = ["--port", "0", "--http-port", "0", "--admin-port", "0"]
    command = [BROKER, "serve", "--data", str(directory), *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as broker:
        for line in broker.stdout:
            if line.startswith("console at"):
                broker.send_signal(signal.SIGTERM)
    assert broker.returncode == 0


def test_the_commands_are_those_of_the_program(tmp_path, run):
    make_store(tmp_path / "data")
    for name in NAMES[:2] * 2:
        # Twice, since each night it is there already.
        done = run(name)
        assert done.returncode == 0, done.stderr
    copies = {file.name for file in (tmp_path / "backups").iterdir()}
    assert {"daily.sqlite", "weekly.sqlite"} <= copies
    done = run("chat-broker-restore")
    assert done.returncode == 0, done.stderr
    store = {file.name for file in (tmp_path / "data").iterdir()}
    assert {"chat.sqlite", "chat.sqlite.replaced"} <= store

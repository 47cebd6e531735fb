"""What `kubectl kustomize` makes of Deploy/kubernetes, as objects."""

import shutil
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
WORKLOADS = {"StatefulSet", "Deployment", "DaemonSet", "Job", "CronJob"}
# What a cluster operator would write: KEDA in the place of the HorizontalPodAutoscaler.
KEDA_OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: chat
resources:
  - ../production
components:
  - ../../components/keda
patches:
  - target:
      kind: HorizontalPodAutoscaler
    patch: |
      $patch: delete
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata:
        name: chat-broker
"""


def copy_with_secrets(directory):
    """A copy of Deploy in which the secrets are filled in, as one does before `kubectl apply`."""
    copy = directory / "Deploy"
    shutil.copytree(ROOT / "Deploy", copy)
    production = copy / "kubernetes/overlays/production"
    shutil.copy(production / "secret.env.example", production / "secret.env")
    keda = copy / "kubernetes/overlays/keda"
    keda.mkdir()
    (keda / "kustomization.yaml").write_text(KEDA_OVERLAY)
    return copy


def render(directory):
    """The text that `kubectl apply -k` would send."""
    done = subprocess.run(["kubectl", "kustomize", str(directory)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"kubectl kustomize {directory.name}: {done.stderr}"
    return done.stdout


def parse(text):
    return [Manifest(document) for document in yaml.safe_load_all(text) if document]


class Manifest(dict):
    """One object, with the questions that tests ask."""

    def __str__(self):
        return f"{self['kind']}/{self.name}"

    @property
    def name(self):
        return self["metadata"]["name"]

    @property
    def labels(self):
        return self["metadata"].get("labels", {})

    @property
    def is_workload(self):
        return self["kind"] in WORKLOADS

    @property
    def _template(self):
        spec = self["spec"]
        return (spec["jobTemplate"]["spec"] if self["kind"] == "CronJob" else spec)["template"]

    @property
    def pod(self):
        """The spec of the pods that this makes."""
        return self._template["spec"]

    @property
    def pod_labels(self):
        return self._template["metadata"]["labels"]

    @property
    def containers(self):
        return self.pod.get("initContainers", []) + self.pod["containers"]

    def container(self, name):
        return next(one for one in self.containers if one["name"] == name)

    def selects(self, labels):
        """Whether spec.selector, in either of its forms, matches these labels."""
        selector = self["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        return all(labels.get(key) == value for key, value in wanted.items())


def of_kind(manifests, *kinds):
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def only(manifests, kind, name):
    found = [manifest for manifest in of_kind(manifests, kind) if manifest.name == name]
    assert len(found) == 1, f"{len(found)} objects are {kind}/{name}"
    return found[0]

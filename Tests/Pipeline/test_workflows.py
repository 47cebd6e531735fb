"""GitHub's workflow and Jenkins' pipeline do the same."""

import pathlib
import re
import shlex
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yaml"
JENKINSFILE = ROOT / "Jenkinsfile"
STAGES = [
    "build",
    "check",
    "unit",
    "integration",
    "image",
    "preview",
    "load test",
    "canary",
    "promote or roll back",
]
MAKEFILE = (ROOT / "Makefile").read_text()
# The program of the image, which these stages are to try.
CANDIDATE = ".build-image/chat-broker"
TRIED = {"preview", "gate", "canary", "promote"}
# What `make test` has and the pipelines have not, because it takes long and breaks seldom: `.ci/run` does it.
LEFT_TO_CI_RUN = {"test-downstream", "test-crash", "test-canary"}


def of_github():
    """Pairs of a stage and its make target."""
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    return [
        (step["name"], step["run"].removeprefix("make ").strip())
        for step in job["steps"]
        if step.get("run", "").startswith("make ")
    ]


def of_jenkins():
    parts = re.split(r"\bstage\('([^']+)'\)", JENKINSFILE.read_text())[1:]
    stages = zip(parts[::2], parts[1::2])
    return [(name, target) for name, text in stages for target in re.findall(r"\bsh 'make ([^']+)'", text)]


def test_the_stages_are_in_this_order():
    assert [stage for stage, _ in of_github()] == STAGES


def test_both_call_the_same_targets_in_the_same_order():
    assert of_github() == of_jenkins()


def test_nothing_is_done_that_a_make_target_does_not_do():
    """But for installing make itself."""
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    others = {step["name"] for step in job["steps"] if "run" in step} - set(STAGES)
    assert others == {"prepare"}


@pytest.mark.parametrize("target", [target for _, target in of_github()])
def test_each_target_exists(target):
    command = ["make", "--dry-run", *shlex.split(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_is_promoted_is_what_was_tried():
    words = [shlex.split(target) for _, target in of_github()]
    candidates = {target: settings for target, *settings in words if target in TRIED}
    assert candidates == {target: [f"CANDIDATE={CANDIDATE}"] for target in TRIED}
    # Which is where the image leaves it, and the image comes before.
    assert f"IMAGE_BROKER = {CANDIDATE}" in MAKEFILE
    targets = [target for target, *_ in words]
    assert targets.index("test-image") < min(targets.index(target) for target in TRIED)


def prerequisites(target):
    """Those that the Makefile names for a target, on one line or several."""
    lines = MAKEFILE.replace("\\\n", " ")
    found = re.findall(rf"^{re.escape(target)}:([^#=\n]*)", lines, flags=re.MULTILINE)
    return {word for words in found for word in words.split()}


def needed(*targets):
    """The targets, and all that they need."""
    found = set(targets)
    for target in targets:
        found |= needed(*prerequisites(target))
    return found


def test_the_pipelines_run_all_suites_but_those_that_are_left_to_the_run_before_a_change():
    done = needed(*(shlex.split(target)[0] for _, target in of_github()))
    recipe = re.search(r"^test:[^\n]*\n((?:\t[^\n]*\n)+)", MAKEFILE, flags=re.MULTILINE)[1]
    groups = set(re.findall(r"\$\(MAKE\).* ([a-z-]+)\n", recipe))
    suites = {target for group in {"test"} | groups for target in prerequisites(group) if target.startswith("test-")}
    assert len(suites) > 8
    assert suites - done == LEFT_TO_CI_RUN
    assert {"lint", "tidy", "check-generated", "check-metrics-docs", "check-configuration-docs", "test-image"} <= done
    document = (ROOT / "Docs" / "operations" / "pipeline.md").read_text()
    for target in LEFT_TO_CI_RUN:
        assert f"`make {target}`" in document


def test_the_run_before_a_change_goes_the_way_of_a_release_too():
    run = (ROOT / ".ci" / "run").read_text()
    assert re.findall(r'^stage "make (\w+)" roll_out \1\b', run, flags=re.MULTILINE) == ["preview", "gate", "canary", "promote"]
    assert f"candidate={CANDIDATE}" in run


def test_a_rolled_back_canary_is_told_by_the_last_stage():
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    steps = {step.get("name"): step for step in job["steps"]}
    assert f"steps.{steps['canary']['id']}.outcome" in steps["promote or roll back"]["if"]
    assert re.search(r"catchError\([^)]*\) \{\s*sh 'make canary[^']*'\s*\}", JENKINSFILE.read_text())


def containers():
    """What Docker is told of the container, by each of the two."""
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    github = shlex.split(job["container"].get("options", ""))
    for volume in job["container"].get("volumes", []):
        github += ["--volume", volume]
    jenkins = shlex.split(re.search(r"^ *args '([^']*)'", JENKINSFILE.read_text(), flags=re.MULTILINE)[1])
    return {"github": github, "jenkins": jenkins}


@pytest.mark.parametrize("pipeline", ["github", "jenkins"])
def test_layers_of_images_are_on_a_volume(pipeline):
    # Where the container's own files are, which are an overlay, there is no other overlay.
    told = containers()[pipeline]
    volumes = [value for option, value in zip(told, told[1:]) if option in ("--volume", "-v")]
    assert "/var/lib/containers" in {volume.split(":")[-1] for volume in volumes}


@pytest.mark.parametrize("pipeline", ["github", "jenkins"])
def test_the_container_may_mount_and_limit_others(pipeline):
    # In a name space of its own its processes are in the first control group, which then can have none with limits below.
    assert {"--privileged", "--cgroupns=host"} <= set(containers()[pipeline])


def test_the_workflow_is_one_for_github():
    subprocess.run(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)], check=True)


def test_the_workflow_is_tidy():
    lint = ROOT / "Tests" / "Monitoring" / "yamllint.yaml"
    subprocess.run(["yamllint", "--strict", "-c", str(lint), str(WORKFLOW.parent)], check=True)


def test_the_brackets_of_the_jenkinsfile_match():
    # Jenkins itself is not here to read it.
    text = re.sub(r"//[^\n]*|'[^'\n]*'|\"[^\"\n]*\"", "", JENKINSFILE.read_text())
    open_brackets = []
    for character in text:
        if character in "({[":
            open_brackets.append(character)
        elif character in ")}]":
            assert open_brackets and open_brackets.pop() + character in ("()", "{}", "[]")
    assert not open_brackets

"""Dashboards that people can read, as Grafana reads them."""

import re

import pytest
import repository
import yaml

FILES = repository.dashboards()
WIDTH = 24
# Grafana's names.
UNITS = {"none", "short", "s", "bytes", "Bps", "ops", "mps", "percentunit"}
KINDS = {"stat", "timeseries", "heatmap", "table"}


@pytest.fixture(params=FILES.values(), ids=FILES.keys())
def dashboard(request):
    return request.param


def test_there_is_one_for_each_question():
    assert set(FILES) == {f"chat-broker-{name}.json" for name in ("overview", "delivery", "store", "node")}


def test_the_name_of_the_file_is_its_address(dashboard):
    assert FILES[f"{dashboard['uid']}.json"] is dashboard


def test_each_panel_says_what_it_shows(dashboard):
    assert dashboard["description"]
    panels = repository.panels(dashboard)
    titles = [panel["title"] for panel in panels]
    assert len(set(titles)) == len(titles)
    for panel in panels:
        assert panel["type"] in KINDS, panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert panel["targets"], panel["title"]
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert len(set(legends)) == len(legends), panel["title"]


def test_panels_do_not_lie_on_one_another(dashboard):
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_every_variable_is_declared_and_used(dashboard):
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    texts = [target["expr"] for panel in repository.panels(dashboard) for target in panel["targets"]]
    texts += [panel["datasource"]["uid"] for panel in repository.panels(dashboard)]
    used = {name for text in texts for name in re.findall(r"\$\{?(\w+)", text)} - {"__rate_interval"}
    assert used == declared


def test_every_query_chooses_its_job(dashboard):
    for panel in repository.panels(dashboard):
        for target in panel["targets"]:
            assert 'job="$job"' in target["expr"], f"{panel['title']}: {target['expr']}"


def test_grafana_is_told_where_they_are():
    provisioning = repository.GRAFANA / "provisioning"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "chat-broker.yaml").read_text())["providers"]
    assert provider["type"] == "file"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    scraping = yaml.safe_load((repository.PROMETHEUS / "prometheus.yml").read_text())["global"]
    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"]

"""What lies in deploy/ fits together, and the program: parts, settings, files, metrics."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.cli import parser
from bot.parts import Part
from bot.settings import Settings
from deploy.check_image import instructions

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {f"XIANGYIN_{name.upper()}" for name in Settings.model_fields}
OURS = "xiangyin:local"
SHIPPED = {"backup", "restore", "serve", "speakers"}
"""Commands that units, images and compose.yaml run."""


class Strict(BaseModel):
    """Nothing that is not known here: a misspelt key is refused, as the specification of compose files does."""

    model_config = ConfigDict(extra="forbid")


class Build(Strict):
    context: str
    dockerfile: str
    args: dict[str, str] = {}


class Healthcheck(Strict):
    test: list[str] = []
    interval: str = Field("30s", pattern=r"^\d+(ms|s|m)$")
    timeout: str = Field("30s", pattern=r"^\d+(ms|s|m)$")
    retries: int = 3
    disable: bool = False


class After(Strict):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]


class Service(Strict):
    image: str = Field(pattern=r"^[a-z0-9./-]+:[\w.-]+$")
    build: Build | None = None
    command: list[str] = []
    environment: dict[str, str] = {}
    env_file: list[str] = []
    restart: Literal["no", "always", "unless-stopped", "on-failure"]
    init: bool = False
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    stop_grace_period: str = "10s"
    networks: list[str]
    volumes: list[str] = []
    ports: list[str] = []
    user: str = ""
    shm_size: str = ""
    healthcheck: Healthcheck | None = None
    depends_on: dict[str, After] | list[str] = {}


class Network(Strict):
    ipam: dict[str, list[dict[str, str]]] = {}


class Compose(BaseModel):
    """The parts of the specification that we use; `x-` keys are for the file itself."""

    name: str
    services: dict[str, Service]
    networks: dict[str, Network]
    volumes: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def compose() -> Compose:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert {key for key in found if not key.startswith("x-")} == set(Compose.model_fields)
    return Compose.model_validate(found)


def ours(compose: Compose) -> dict[str, Service]:
    return {name: service for name, service in compose.services.items() if service.image == OURS}


def test_every_part_is_a_service_and_every_command_is_real(compose: Compose) -> None:
    served = []
    for name, service in ours(compose).items():
        options = parser().parse_args(service.command)
        assert options.command in SHIPPED, name
        if options.command == "serve":
            assert service.command == ["serve", name]
            served.append(name)
    assert set(served) == {part.value for part in Part}


def test_every_variable_is_a_real_setting(compose: Compose) -> None:
    given = {name for service in ours(compose).values() for name in service.environment}
    assert {name for name in given if name.startswith("XIANGYIN_")} <= SETTINGS
    assert given - SETTINGS == {"FORWARDED_ALLOW_IPS"}  # uvicorn's own
    units = "".join(path.read_text("utf-8") for path in (DEPLOY / "systemd").iterdir())
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    assert set(re.findall(r"\bXIANGYIN_\w+", units + image)) <= SETTINGS


@pytest.mark.parametrize("name", ["county.env.example", "province.env.example"])
def test_the_examples_hold_real_settings_and_no_secret(name: str) -> None:
    lines = [line for line in (DEPLOY / name).read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    given = dict(line.lstrip("#").split("=", 1) for line in lines)
    assert {key for key in given if key.startswith("XIANGYIN_")} <= SETTINGS
    rest = {key for key in given if not key.startswith("XIANGYIN_")}
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert rest == (asked if name.startswith("province") else set())
    secret = {
        f"XIANGYIN_{key.upper()}" for key, field in Settings.model_fields.items() if "Secret" in str(field.annotation)
    }
    assert {key: value for key, value in given.items() if value and key in secret - {"XIANGYIN_REDIS_URL"} | rest} == {}
    plain = {key.removeprefix("XIANGYIN_").lower(): value for key, value in given.items() if value and key in SETTINGS}
    Settings.model_validate(plain)


def test_everything_that_a_service_names_is_there(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert set(service.networks) <= set(compose.networks), name
        for other in service.depends_on:
            assert other in compose.services, name
            if isinstance(service.depends_on, dict) and service.depends_on[other].condition == "service_healthy":
                there = compose.services[other]
                assert there.healthcheck or there.image == OURS, f"{name}: {other} has no health check"
        for volume in service.volumes:
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), volume
            elif not source.startswith("/"):
                assert source in compose.volumes, volume
        for file in service.env_file:
            assert (DEPLOY / f"{file}.example").exists(), file
        if service.build:
            assert (DEPLOY / service.build.context / service.build.dockerfile).exists()
    used = {volume.split(":")[0] for service in compose.services.values() for volume in service.volumes}
    assert set(compose.volumes) <= used


def test_only_the_proxy_and_the_broker_are_open_to_the_net(compose: Compose) -> None:
    opened = {
        name: s.ports for name, s in compose.services.items() if s.ports and not s.ports[0].startswith("127.0.0.1:")
    }
    assert opened == {"nginx": ["80:80", "443:443"], "mosquitto": ["1883:1883"]}
    for name, service in ours(compose).items():
        assert service.read_only, name
        assert service.cap_drop == ["ALL"], name
        assert service.security_opt == ["no-new-privileges:true"], name


def test_the_image_is_made_of_what_is_there() -> None:
    steps = instructions((DEPLOY / "Containerfile").read_text("utf-8"))
    copied = [source for name, what in steps if name == "COPY" for source in what.split()[:-1]]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(copied)
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert dict(steps)["USER"] == "xiangyin"
    assert "HEALTHCHECK" in names
    assert (DEPLOY / "entry.sh").stat().st_mode & 0o111


def metrics() -> set[str]:
    """Names of all metrics as Prometheus sees them, read from where they are made."""
    found = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for kind, name in re.findall(
            r'(Counter|Gauge|Histogram|GaugeMetricFamily|gauge)\(\s*"(xiangyin_\w+)"', path.read_text("utf-8")
        ):
            endings = {"Counter": ["_total"], "Histogram": ["_bucket", "_sum", "_count"]}.get(kind, [""])
            found |= {name + ending for ending in endings}
    return found


def expressions() -> dict[str, str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text("utf-8"))
    found = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "xiangyin.json").read_text("utf-8"))
    for panel in board["panels"]:
        found |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


def test_rules_and_dashboard_ask_for_metrics_that_there_are() -> None:
    known = metrics() | {"up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
    known |= {"process_resident_memory_bytes", "process_open_fds"}
    assert len(known) > 20
    for name, expression in expressions().items():
        assert expression.count("(") == expression.count(")"), name
        assert expression.count("{") == expression.count("}"), name
        asked = set(re.findall(r"\b(?:xiangyin_\w+|node_\w+|process_\w+|up(?=\{))", expression))
        assert asked, name
        assert asked <= known, name


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text("utf-8"))
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    names = []
    for group in rules["groups"]:
        assert set(group) == {"name", "rules"}
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"]["summary"]
            assert f"**{rule['alert']}**" in page
            names.append(rule["alert"])
    assert len(names) == len(set(names)) >= 8


def test_prometheus_looks_at_every_part(compose: Compose) -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (found,) = (job for job in config["scrape_configs"] if job["job_name"] == "xiangyin")
    assert set(found["dns_sd_configs"][0]["names"]) == {part.value for part in Part}
    mounted = {volume.split(":")[1] for volume in compose.services["prometheus"].volumes}
    assert set(config["rule_files"]) <= mounted


def test_the_dashboard_is_in_order() -> None:
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "xiangyin.json").read_text("utf-8"))
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert {panel["datasource"]["uid"] for panel in panels} == {source["datasources"][0]["uid"]}


def test_units_run_real_commands() -> None:
    for path in (DEPLOY / "systemd").glob("*.service"):
        (line,) = re.findall(
            r"^ExecStart=/srv/xiangyin/.venv/bin/xiangyin (.*)$", path.read_text("utf-8"), re.MULTILINE
        )
        command = line.replace("%i", Part.WEB.value).split()
        assert parser().parse_args(command).command in SHIPPED, path.name


def test_no_file_names_a_package_registry() -> None:
    names = re.compile(r"pypi\.org|pythonhosted|npmjs|registry-1\.|tuna\.tsinghua|aliyun", re.IGNORECASE)
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert not names.search(path.read_text("utf-8")), path

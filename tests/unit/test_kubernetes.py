"""The plain Kubernetes example fits together, the program, and the compose file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from bot.cli import parser
from bot.health import add_health
from bot.parts import Part
from bot.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
HERE = DEPLOY / "kubernetes"
SETTINGS = {f"XIANGYIN_{name.upper()}" for name in Settings.model_fields}
OURS = "xiangyin:local"
VERSIONS = {
    "v1": {"Namespace", "ConfigMap", "Secret", "Service", "PersistentVolumeClaim"},
    "apps/v1": {"Deployment", "StatefulSet"},
    "batch/v1": {"CronJob"},
    "networking.k8s.io/v1": {"Ingress", "NetworkPolicy"},
    "policy/v1": {"PodDisruptionBudget"},
}
Thing = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """What one workload runs. `labels` are its pods'."""

    name: str
    labels: dict[str, str]
    spec: Thing
    claims: frozenset[str]

    def containers(self) -> Iterator[Thing]:
        """Its containers, those that only begin too."""
        yield from self.spec.get("initContainers", ())
        yield from self.spec["containers"]


@pytest.fixture(scope="module")
def things() -> list[Thing]:
    files = sorted(HERE.glob("*.yaml"))
    assert [file.name for file in files] == ["backing.yaml", "backup.yaml", "edge.yaml", "parts.yaml", "settings.yaml"]
    return [thing for file in files for thing in yaml.safe_load_all(file.read_text("utf-8"))]


def of(things: list[Thing], *kinds: str) -> dict[str, Thing]:
    return {thing["metadata"]["name"]: thing for thing in things if thing["kind"] in kinds}


@pytest.fixture(scope="module")
def pods(things: list[Thing]) -> dict[str, Pod]:
    found = {}
    for name, thing in of(things, "Deployment", "StatefulSet", "CronJob").items():
        spec = thing["spec"]
        template = spec["jobTemplate"]["spec"]["template"] if thing["kind"] == "CronJob" else spec["template"]
        labels = template["metadata"]["labels"]
        if thing["kind"] != "CronJob":
            assert spec["selector"]["matchLabels"] == labels, name
        claims = frozenset(claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", ()))
        found[name] = Pod(name, labels, template["spec"], claims)
    return found


def ours(pods: dict[str, Pod]) -> Iterator[tuple[Pod, Thing]]:
    return ((pod, one) for pod in pods.values() for one in pod.containers() if one["image"] == OURS)


def compose() -> Thing:
    found: Thing = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def test_every_thing_is_of_a_known_kind_has_its_own_name_and_one_place(things: list[Thing]) -> None:
    names = [(thing["kind"], thing["metadata"]["name"]) for thing in things]
    assert len(set(names)) == len(names)
    for thing in things:
        assert thing["kind"] in VERSIONS[thing["apiVersion"]]
        if thing["kind"] != "Namespace":
            assert thing["metadata"]["namespace"] == "xiangyin", thing["metadata"]["name"]


def test_every_part_is_there_and_every_command_is_real(things: list[Thing], pods: dict[str, Pod]) -> None:
    served = {}
    for pod, container in ours(pods):
        options = parser().parse_args(container["args"])
        if options.command == "serve":
            assert container["args"] == ["serve", pod.name]
            served[pod.name] = of(things, "Deployment")[pod.name]["spec"]["replicas"]
        else:
            assert options.command in {"backup", "speakers"}
    assert served.keys() == {part.value for part in Part}
    assert served["scheduler"] == served["speakers"] == 2, "one leads, another waits to take over"


def test_every_variable_is_a_real_setting_and_the_same_as_elsewhere(things: list[Thing], pods: dict[str, Pod]) -> None:
    given = of(things, "ConfigMap")["xiangyin-settings"]["data"].keys()
    secret = of(things, "Secret")["xiangyin-secrets"]["stringData"].keys()
    direct: set[str] = set()
    for pod, container in ours(pods):
        assert container["envFrom"] == [
            {"configMapRef": {"name": "xiangyin-settings"}},
            {"secretRef": {"name": "xiangyin-secrets"}},
        ], pod.name
        names = [variable["name"] for variable in container["env"]]
        for variable in container["env"]:  # `$(NAME)` knows what stands before it
            before = names[: names.index(variable["name"])]
            assert set(re.findall(r"\$\((\w+)\)", variable.get("value", ""))) <= set(before)
        direct |= set(names)
    assert {*given, *secret, *direct} - SETTINGS == {"FORWARDED_ALLOW_IPS", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert not set(given) & secret
    private = {
        f"XIANGYIN_{key.upper()}" for key, kept in Settings.model_fields.items() if "Secret" in str(kept.annotation)
    }
    assert not set(given) & private, "what is secret is in the Secret"
    services = compose()["services"]
    there = services["web"]["environment"].keys() | services["worker"]["environment"].keys()
    assert there <= {*given, *secret, *direct}
    needed = {"XIANGYIN_SECRET", "XIANGYIN_CONSULTATION_KEYS", "XIANGYIN_RASA_TOKEN"}
    assert needed <= secret


def test_no_secret_is_filled_in_and_every_one_asked_for_is_there(things: list[Thing], pods: dict[str, Pod]) -> None:
    secrets = of(things, "Secret")
    for thing in secrets.values():
        assert set(thing["stringData"].values()) == {""}
    for pod in pods.values():
        for container in pod.containers():
            for variable in container.get("env", ()):
                if source := variable.get("valueFrom"):
                    assert source["secretKeyRef"]["key"] in secrets[source["secretKeyRef"]["name"]]["stringData"]


def test_probes_ask_what_the_program_answers(pods: dict[str, Pod]) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_health(app, None, None)  # type: ignore[arg-type]
    routes = {route.path for route in app.routes}  # type: ignore[attr-defined]
    assert "XIANGYIN_PORT=8000" in (DEPLOY / "Containerfile").read_text("utf-8")
    for pod, container in ours(pods):
        if container["args"][0] != "serve":
            continue
        assert container["ports"] == [{"name": "http", "containerPort": 8000}]
        asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {get["path"] for get in asked.values()} <= routes, pod.name
        assert asked["livenessProbe"]["path"] == "/healthz", "who waits for the database is not killed for it"
        assert asked["readinessProbe"]["path"] == "/readyz"
        assert {get["port"] for get in asked.values()} == {"http"}
        start = container["startupProbe"]
        assert start["periodSeconds"] * start["failureThreshold"] >= 900, "as long as one waits for another's start"


def test_every_pod_has_no_more_rights_than_in_the_compose_file(pods: dict[str, Pod]) -> None:
    for pod, container in ours(pods):
        assert pod.spec["securityContext"]["runAsUser"] == 10001, pod.name
        assert pod.spec["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }, pod.name
        assert pod.spec["enableServiceLinks"] is False
        paths = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert {"/var/lib/xiangyin", "/tmp"} <= paths, "all else is read-only"
    for pod in pods.values():
        assert pod.spec["automountServiceAccountToken"] is False
        there = {volume["name"] for volume in pod.spec.get("volumes", ())} | pod.claims
        for container in pod.containers():
            assert {mount["name"] for mount in container.get("volumeMounts", ())} <= there, pod.name


def test_whatever_is_named_is_there(things: list[Thing], pods: dict[str, Pod]) -> None:
    maps, claims, services = of(things, "ConfigMap"), of(things, "PersistentVolumeClaim"), of(things, "Service")
    for pod in pods.values():
        for volume in pod.spec.get("volumes", ()):
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
    for name, service in services.items():
        chosen = service["spec"].get("selector")
        if chosen is None:
            assert name == "nowhere"
            continue
        (pod,) = (pod for pod in pods.values() if chosen.items() <= pod.labels.items())
        open_ = {port["name"] for container in pod.containers() for port in container.get("ports", ())}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= open_, name
    for thing in of(things, "NetworkPolicy", "PodDisruptionBudget").values():
        spec = thing["spec"]
        labels = (spec.get("podSelector") or spec.get("selector") or {}).get("matchLabels", {})
        assert any(labels.items() <= pod.labels.items() for pod in pods.values())
    hosts = set(
        re.findall(r"(?:@|//)([a-z]+)[:/]", (HERE / "parts.yaml").read_text() + (HERE / "settings.yaml").read_text())
    )
    assert {"postgres", "redis", "understanding", "mosquitto"} <= hosts & services.keys()


def test_images_and_the_brokers_settings_are_those_of_the_compose_file(
    things: list[Thing], pods: dict[str, Pod]
) -> None:
    images = {service["image"] for service in compose()["services"].values() if "image" in service} | {OURS}
    assert {container["image"] for pod in pods.values() for container in pod.containers()} <= images
    conf = of(things, "ConfigMap")["mosquitto"]["data"]["mosquitto.conf"]
    assert conf == (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8")


def test_the_limits_of_bodies_are_those_of_nginx(things: list[Thing]) -> None:
    conf = (DEPLOY / "nginx" / "xiangyin.conf").read_text("utf-8")
    limits = dict(re.findall(r"location (?:= )?(/\S*) \{\s*client_max_body_size (\w+);", conf))
    (general,) = re.findall(r"^    client_max_body_size\s+(\w+);", conf, re.MULTILINE)
    hidden = set(re.findall(r"location = (/\w+)\s*\{ return 404; \}", conf))
    services, found, nowhere = of(things, "Service"), {}, set()
    for thing in of(things, "Ingress").values():
        (rule,) = thing["spec"]["rules"]
        assert thing["spec"]["tls"] == [{"hosts": [rule["host"]], "secretName": "xiangyin-tls"}]
        for path in rule["http"]["paths"]:
            to = path["backend"]["service"]
            assert to["port"]["number"] in {port["port"] for port in services[to["name"]]["spec"]["ports"]}
            if to["name"] == "nowhere":
                assert path["pathType"] == "Exact"
                nowhere.add(path["path"])
            else:
                found[path["path"]] = thing["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert nowhere == hidden
    assert found == {"/": general, **{path.rstrip("/"): size for path, size in limits.items()}}
    console = of(things, "Ingress")["console"]["metadata"]["annotations"]
    assert console["nginx.ingress.kubernetes.io/affinity"] == "cookie", "an upload lies where it was begun"

"""docs/metrics.md, the alerts and the dashboard know every figure, and no other."""

import json
import re
from pathlib import Path

import yaml

from bot.metrics import Metrics
from bot.parts import EVERYTHING

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
RULES = (ROOT / "deploy" / "prometheus" / "rules.yml").read_text("utf-8")
DASHBOARD = (ROOT / "deploy" / "grafana" / "dashboards" / "xiangyin.json").read_text("utf-8")


def made() -> set[str]:
    """Names of all metrics, read from where they are made."""
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py"))
    return set(re.findall(r'(?:Counter|Gauge|Histogram|gauge)\(\s*"(xiangyin_\w+)"', code))


def test_every_figure_has_its_row_and_every_row_its_figure() -> None:
    rows = re.findall(r"^\| `(xiangyin_\w+)` \|", PAGE, re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == made()


def test_every_figure_is_on_the_dashboard() -> None:
    assert [name for name in made() if name not in DASHBOARD] == []


def test_the_processs_own_figures_are_there_and_on_the_page() -> None:
    told = set(re.findall(r"^(process_\w+) ", Metrics().text().decode(), re.MULTILINE))
    assert told >= {"process_resident_memory_bytes", "process_open_fds"}
    assert told == set(re.findall(r"`(process_\w+)`", PAGE))
    shown = {target["expr"] for panel in json.loads(DASHBOARD)["panels"] for target in panel["targets"]}
    assert {name for expr in shown for name in re.findall(r"process_\w+", expr)} <= told


def test_a_part_that_is_gone_altogether_is_alerted_on() -> None:
    metrics = Metrics()
    metrics.runs(EVERYTHING)
    told = set(re.findall(r'^xiangyin_part\{part="(\w+)"\} 1\.0$', metrics.text().decode(), re.MULTILINE))
    assert told == {part.value for part in EVERYTHING}
    alerts = {rule["alert"]: rule["expr"] for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]}
    asked = set(re.findall(r'absent\(xiangyin_part\{part="(\w+)"\}\)', alerts["XiangyinPartMissing"]))
    assert told - asked == {"speakers"}, "which a county without loudspeakers does not run"
    assert asked < told


def test_outcomes_that_the_alert_forgives_are_real() -> None:
    from bot.channels.base import Blocked
    from bot.channels.wechat.faults import WindowOver

    (forgiven,) = re.findall(r'xiangyin_deliveries_total\{outcome!~"([\w|]+)"\}', RULES)
    assert set(forgiven.split("|")) == {"sent", Blocked.__name__.lower(), WindowOver.__name__.lower()}

"""What deploy/ names is there: settings, ports, routes, modules, measures; and its files are well formed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values
from prometheus_client import REGISTRY
from starlette.routing import Route

from frontdesk import metrics
from frontdesk.health import Health
from frontdesk.settings import Settings
from frontdesk.visitors.api import VisitorApi
from scripts.train import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
EXAMPLE = dotenv_values(ROOT / ".env.example")
DERIVED = {"ASSISTANT_URL", "ACTIONS_URL", "TRACKER_DATABASE_URL"}
OF_OTHERS = {
    "SANIC_HOST": "sanic",
    "POSTGRES_USER": "postgres",
    "POSTGRES_DB": "postgres",
    "POSTGRES_PASSWORD": "postgres",
    "XDG_DATA_HOME": "caddy",
    "XDG_CONFIG_HOME": "caddy",
    "PUBLIC_HOST": "deploy/example.env",
}
OURS = ("frontdesk", "assistant", "actions")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    return yaml.safe_load(text_of(DEPLOY / "compose.yml"))["services"]


def manifests() -> list[dict[str, Any]]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yml"))
    return [one for path in files for one in yaml.safe_load_all(text_of(path))]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


def containers() -> list[tuple[str, dict[str, Any]]]:
    deployments = of_kind("Deployment").items()
    return [
        (name, one)
        for name, each in deployments
        for one in each["spec"]["template"]["spec"]["containers"]
    ]


def test_every_setting_is_one() -> None:
    named = {key for service in compose().values() for key in service.get("environment", {})}
    named |= set(of_kind("ConfigMap")["clinic-assistant"]["data"])
    named |= {one["name"] for _, each in containers() for one in each.get("env", [])}
    named |= set(dotenv_values(DEPLOY / "example.env"))
    assert named - set(EXAMPLE) - DERIVED - set(OF_OTHERS) == set()
    for path in ("endpoints.yml", "credentials.yml"):
        wanted = set(re.findall(r"\$\{(\w+)\}", text_of(ROOT / path)))
        given = set(compose()["assistant"]["environment"])
        assert wanted <= given, f"the assistant in compose.yml lacks what {path} reads"


def test_the_front_desk_takes_the_settings_of_compose() -> None:
    filled = {"PUBLIC_HOST": "a.example", "ASSISTANT_SECRET": "s" * 16, "POSTGRES_PASSWORD": "p"}
    given = {
        key: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: filled.get(found[1], ""), str(value))
        for key, value in compose()["frontdesk"]["environment"].items()
    }
    settings = Settings.read(given)
    assert settings.public_url == "https://a.example" and "asyncpg" in settings.database_url


def test_every_port_is_the_one_that_is_listened_on() -> None:
    known = {EXAMPLE[f"{name}_PORT"] for name in ("FRONTDESK", "ASSISTANT", "ACTIONS")}
    for path in FILES:
        found = re.findall(
            r"(?:frontdesk|assistant|actions|127\.0\.0\.1|--port[ =]):?(\d{4})\b", text_of(path)
        )
        assert set(found) <= known, path.name
    ports = {
        one["metadata"]["name"]: one["spec"]["ports"][0]["port"]
        for one in of_kind("Service").values()
    }
    assert {str(port) for port in ports.values()} == known and set(ports) == set(OURS)


def test_every_route_is_one() -> None:
    routes = [route for one in (Health, VisitorApi) for route in one.__new__(one).routes()]
    known = {route.path for route in routes if isinstance(route, Route)}
    known |= {"/inbox/", "/", "/health", "/webhooks/frontdesk/health"}
    for path in FILES:
        named = re.findall(r"(/(?:api|health|metrics|inbox|webhooks)\b[\w/]*)", text_of(path))
        assert set(named) <= known, path.name


def test_every_module_and_file_is_there() -> None:
    for path in FILES:
        for module in re.findall(r"-m[ ,\"]+([a-z_.]+)", text_of(path)):
            assert find_spec(module) is not None, (path.name, module)
        for named in re.findall(r"\b(?:deploy|docs|scripts|models)/[\w./-]*\w", text_of(path)):
            is_made = named.startswith("models/") or named in ("deploy/.env",)
            assert is_made or (ROOT / named).exists(), (path.name, named)


def test_every_measure_and_label_is_one() -> None:
    known = {
        family.name: set(collector._labelnames)
        for collector in vars(metrics).values()
        if hasattr(collector, "_labelnames")
        for family in collector.describe()
    }
    assert known and set(REGISTRY._names_to_collectors) & {"desk_waiting"}
    texts = [text_of(DEPLOY / name) for name in ("alerts.yml", "grafana.json")]
    expressions = [
        rule["expr"] for group in yaml.safe_load(texts[0])["groups"] for rule in group["rules"]
    ] + [one["expr"] for panel in json.loads(texts[1])["panels"] for one in panel["targets"]]
    assert len(expressions) > 15
    for expression in expressions:
        names = re.findall(r"\bdesk_\w+", expression)
        plain = [re.sub(r"_(total|bucket|count|sum)$", "", name) for name in names]
        assert all(name in known for name in plain), expression
        used = re.findall(r"by \(([\w, ]+)\)", expression) + re.findall(r"\{(\w+)=", expression)
        labels = {label for one in used for label in one.split(", ")} - {"le"}
        assert labels <= set().union(*(known[name] for name in plain)), expression


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_little(name: str) -> None:
    service = compose()[name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"]
    pod = of_kind("Deployment")[name]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    for one in pod["containers"]:
        secured = one["securityContext"]
        assert secured["readOnlyRootFilesystem"] and not secured["allowPrivilegeEscalation"]
        assert one["resources"]["limits"]["memory"] and one["resources"]["requests"]["cpu"]
    first = pod["containers"][0]
    assert first["livenessProbe"] and first["readinessProbe"]


def test_what_points_at_pods_finds_them() -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"] for one in of_kind("Deployment").values()
    ]
    wanted = [one["spec"]["selector"] for one in of_kind("Service").values()]
    wanted += [
        one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget").values()
    ]
    wanted += [
        one["spec"]["podSelector"]["matchLabels"] for one in of_kind("NetworkPolicy").values()
    ]
    assert all(one in labels for one in wanted)
    target = of_kind("HorizontalPodAutoscaler")["assistant"]["spec"]["scaleTargetRef"]["name"]
    assert target in of_kind("Deployment")


def test_only_what_must_be_is_reached_from_outside() -> None:
    assert [name for name, one in compose().items() if one.get("ports")] == ["caddy"]
    outside = {name for name, one in compose().items() if "outside" in one["networks"]}
    assert outside == {"frontdesk", "caddy"}


def tool(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not found and os.environ.get("CI"):
        pytest.fail(f"CI needs Debian's package {package}")
    if not found:
        pytest.skip(f"Debian's package {package} is not installed")
    return found


def test_nginx_takes_its_sample(tmp_path: Path) -> None:
    nginx = tool("nginx", "nginx-light")
    openssl = tool("openssl", "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=a",
        "-days",
        "1",
    ]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site = text_of(DEPLOY / "nginx.conf")
    site = re.sub(r"/etc/\S+/fullchain\.pem", str(certificate), site)
    site = re.sub(r"/etc/\S+/privkey\.pem", str(key), site)
    site = re.sub(r"listen (443|80)\b", r"listen 127.0.0.1:8\1", site)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {site} }}", encoding="utf-8")
    done = subprocess.run([nginx, "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "proxy_buffering off" in site and "client_max_body_size" in site


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").iterdir()), ids=lambda path: path.name)
def test_systemd_takes_its_units(unit: Path) -> None:
    verify = [
        shutil.which("systemd-analyze") or pytest.skip("no systemd here"),
        "verify",
        str(unit),
    ]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    told = [
        line
        for line in done.stderr.splitlines()
        if unit.name in line and "is not executable" not in line
    ]
    assert told == []

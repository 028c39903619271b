"""The production host's compose file: valid by its specification, and closed where it should be."""

import importlib.resources
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError
from jsonschema.validators import validator_for

from config import env
from config.runtime import container, roles, secrets_folder

BASE = Path(__file__).resolve().parent.parent.parent
OURS = ("migrate", "web", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((BASE / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def schema() -> dict[str, Any]:
    """The compose specification's schema, as the check-jsonschema package carries it."""
    place = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def test_the_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    validator_for(schema())(schema()).validate(compose)


def test_the_specification_would_notice_a_misspelt_key(compose: dict[str, Any]) -> None:
    wrong = {**compose, "services": {"web": {**compose["services"]["web"], "heathcheck": {}}}}
    with pytest.raises(ValidationError, match="heathcheck"):
        validator_for(schema())(schema()).validate(wrong)


def test_only_the_proxy_is_reachable_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert not [name for name, service in compose["services"].items() if service.get("network_mode")]


def test_the_database_and_the_queue_stand_on_a_network_without_a_way_out(compose: dict[str, Any]) -> None:
    for name in ("postgres", "valkey"):
        for network in compose["services"][name]["networks"]:
            assert compose["networks"][network]["internal"] is True


def test_only_proxy_and_worker_can_reach_the_outside(compose: dict[str, Any]) -> None:
    outward = {name for name, network in compose["networks"].items() if not network.get("internal")}
    reaching = {name for name, service in compose["services"].items() if outward & set(service["networks"])}
    assert reaching == {"proxy", "worker"}


def test_every_service_is_hardened_and_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "healthcheck" in service or name == "migrate", name


def test_each_part_gets_only_the_login_of_its_role(compose: dict[str, Any]) -> None:
    expected = {"migrate": "owner_url", "web": "web_url", "worker": "worker_url", "beat": "worker_url"}
    for part in OURS:
        logins = {
            name for name in compose["services"][part]["secrets"] if re.fullmatch(r"(owner|web|worker)_url", name)
        }
        assert logins == {expected[part]}


def test_no_secret_stands_in_the_compose_file(compose: dict[str, Any]) -> None:
    for part in OURS:
        for name, value in compose["services"][part]["environment"].items():
            if name.removesuffix("_FILE") in container.FROM_FILES or name in {"SECRET_KEY_FILE", "RECOURSE_KEY_FILE"}:
                assert value.startswith("/run/secrets/"), name


def test_every_setting_in_the_compose_file_is_one_we_read(compose: dict[str, Any]) -> None:
    for part in OURS:
        for name in compose["services"][part]["environment"]:
            assert name in env.NAMES or name.removesuffix("_FILE") in env.NAMES or name == "DJANGO_SETTINGS_MODULE"


def test_every_secret_a_service_asks_for_is_made_or_written_by_hand(compose: dict[str, Any], tmp_path: Path) -> None:
    secrets_folder.make(tmp_path)
    by_hand = {"email_url"}
    asked = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert asked == set(compose["secrets"])
    for name in asked:
        assert compose["secrets"][name] == {"file": f"./secrets/{name}"}
        assert name in by_hand or (tmp_path / name).stat().st_size > 20


def test_making_secrets_again_changes_none(tmp_path: Path) -> None:
    first = secrets_folder.make(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "keys" in first
    assert secrets_folder.make(tmp_path) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_containers_logins_are_made_by_the_statements_of_the_embedded_ones() -> None:
    text = (BASE / "config" / "runtime" / "compose" / "roles.sql").read_text(encoding="utf-8")
    lines = [line.rstrip(";") for line in text.splitlines() if line and not line.startswith(("--", "\\"))]
    marked = roles.statements({login: f"<{login.removeprefix('recourse_')}_password>" for login in roles.LOGINS})
    assert lines == [re.sub(r"'<(\w+)>'", r":'\1'", statement) for statement in marked]


def test_the_image_is_unprivileged_and_built_from_what_is_here() -> None:
    lines = (BASE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["recourse"]
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert [part for parts in copies for part in parts if not (BASE / part).exists()] == []
    assert any("--require-hashes requirements/run.txt" in line for line in lines)


def test_a_secret_file_becomes_the_setting_it_names(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://x\n", encoding="ascii")
    made = container.environment({"DATABASE_WORKER_URL_FILE": str(tmp_path / "url"), "PATH": "/bin"}, "worker")
    assert made == {"DATABASE_WORKER_URL": "postgresql://x", "PATH": "/bin", "RECOURSE_ROLE": "worker"}


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_missing_or_empty_secret_file_is_a_refusal(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "url").write_text(content, encoding="ascii")
    with pytest.raises(container.Unusable, match="REDIS_URL_FILE"):
        container.environment({"REDIS_URL_FILE": str(tmp_path / "url")}, "web")

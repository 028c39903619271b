"""The production host's compose file: valid by its specification, and closed where it should be."""

import importlib.resources
import json
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError
from jsonschema.validators import validator_for

from config import env
from config.runtime import container, roles, secrets_folder, signingfile, workers
from evidence.proofs import certificates

BASE = Path(__file__).resolve().parent.parent.parent
OURS = ("migrate", "web", "worker", "slow", "beat")


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


def test_only_proxy_and_workers_can_reach_the_outside(compose: dict[str, Any]) -> None:
    outward = {name for name, network in compose["networks"].items() if not network.get("internal")}
    reaching = {name for name, service in compose["services"].items() if outward & set(service["networks"])}
    assert reaching == {"proxy", "worker", "slow"}


def test_every_service_is_hardened_and_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "healthcheck" in service or name == "migrate", name


def test_each_part_gets_only_the_login_of_its_role(compose: dict[str, Any]) -> None:
    expected = {"migrate": "owner_url", "web": "web_url", "beat": "worker_url"}
    expected |= {"worker": "worker_url", "slow": "worker_url"}
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


PLAIN = {"no-new-privileges:true"}
NEEDED = {"clone", "clone3", "unshare", "mount", "umount2", "pivot_root", "chroot", "setns", "seccomp", "prctl"}
"""What bubblewrap and Chromium's own sandbox ask of the kernel."""


def test_the_part_that_makes_sandboxes_alone_may_make_namespaces(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        options = set(service["security_opt"]) - PLAIN
        assert bool(options) is (name == "slow"), name
    options = dict(option.split("=") for option in set(compose["services"]["slow"]["security_opt"]) - PLAIN)
    assert set(options) == {"seccomp", "apparmor", "systempaths"}
    profile = json.loads((BASE / options["seccomp"]).read_text(encoding="ascii"))
    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    (refused,) = profile["syscalls"]
    assert refused["action"] == "SCMP_ACT_ERRNO"
    assert not NEEDED & set(refused["names"])
    assert {"kexec_load", "init_module", "bpf", "ptrace", "keyctl", "open_by_handle_at"} <= set(refused["names"])


def test_the_signing_key_is_given_to_the_part_that_signs_and_its_root_to_none(compose: dict[str, Any]) -> None:
    holders = [name for name, service in compose["services"].items() if "signing_key" in service.get("secrets", [])]
    assert holders == ["slow"]
    assert "RECOURSE_SIGNING_KEY" not in compose["services"]["web"]["environment"]
    for part in OURS:
        assert compose["services"][part]["environment"]["RECOURSE_SIGNING_CERTIFICATES"] == "/run/secrets/signing_chain"
        assert {"signing_chain", "signing_crl"} <= set(compose["services"][part]["secrets"])
    assert "signing_root_key" not in compose["secrets"]


def test_each_worker_is_a_service_that_empties_its_queues_and_answers_for_itself(compose: dict[str, Any]) -> None:
    for plan in workers.PLANS:
        service = compose["services"][plan.part]
        assert service["command"] == [plan.part]
        assert container.COMMANDS[plan.part][-len(plan.arguments()) :] == plan.arguments()
        assert container.ROLE_OF[plan.part] == "worker"
        assert service["healthcheck"]["test"][-2:] in (["ping", plan.part], ["config.runtime.container", "ping"])


def test_a_signing_key_is_made_among_the_secrets_once(tmp_path: Path) -> None:
    made = signingfile.make_secrets(tmp_path, "Example helpline", at=datetime.now(UTC))
    assert made[-1] == "signing_key"
    secrets_folder.make(tmp_path)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in made}
    assert modes == {"signing_root_key": 0o400, "signing_chain": 0o444, "signing_crl": 0o444, "signing_key": 0o444}
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    told = certificates.load(None, tmp_path / "signing_chain", tmp_path / "signing_crl")
    assert told.key is None
    assert "Example helpline" in certificates.common_name(told.certificate)
    before = (tmp_path / "signing_key").read_bytes()
    assert signingfile.make_secrets(tmp_path, "Other", at=datetime.now(UTC)) == []
    assert (tmp_path / "signing_key").read_bytes() == before


def test_every_setting_in_the_compose_file_is_one_we_read(compose: dict[str, Any]) -> None:
    for part in OURS:
        for name in compose["services"][part]["environment"]:
            assert name in env.NAMES or name.removesuffix("_FILE") in env.NAMES or name == "DJANGO_SETTINGS_MODULE"


def test_every_secret_a_service_asks_for_is_made_or_written_by_hand(compose: dict[str, Any], tmp_path: Path) -> None:
    secrets_folder.make(tmp_path)
    signingfile.make_secrets(tmp_path, "Example helpline", at=datetime.now(UTC))
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

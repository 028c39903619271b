"""Puts the probes that wait: one exhibit at a time, each probe by itself, whatever happens to its neighbours."""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.states import IllegalMove
from cases.vault import Vault, VaultError
from evidence import sandbox
from evidence.actions import derivative as derivative_actions
from evidence.actions import probe as probe_actions
from evidence.actions.derivative import Made
from evidence.actions.probe import Claim, LeaseLost
from evidence.models import DerivativeKind, Exhibit, Probe
from evidence.probes.looking import ProbeFailed, ProbeMaker
from evidence.sources import opened_source

PROBER = Actor.system("probes")
PLANNED_AT_ONCE = 200
NO_STORE = timedelta(minutes=10)
log = logging.getLogger("recourse.probes")


def sweep(*, limit: int, go_on: Callable[[], bool] = lambda: True) -> int:
    """Plan what is new, then work on at most `limit` exhibits whose probes are due; return how many were worked on."""
    now = timezone.now()
    with acting_as(PROBER):
        probe_actions.plan(names=settings.PROBES, limit=PLANNED_AT_ONCE, at=now)
        due = Probe.objects.filter(maker__in=settings.PROBES).due(at=now).order_by("next_at", "pk")
        waiting = list(dict.fromkeys(due.values_list("exhibit_id", flat=True)[: limit * max(1, len(settings.PROBES))]))
    done = 0
    for exhibit_id in waiting[:limit]:
        if not go_on():
            break
        try:
            probe(exhibit_id)
        except Exception:
            log.exception("probes of an exhibit failed", extra={"event": "probe"})
        done += 1
    return done


def probe(exhibit_id: UUID, *, vault: Vault | None = None) -> int:
    """Put every due probe of one exhibit; return how many were put. Several workers at once do nothing twice."""
    with acting_as(PROBER):
        claim = probe_actions.claim(exhibit_id=exhibit_id, at=timezone.now())
        if claim is None:
            return 0
        exhibit = Exhibit.objects.get(pk=exhibit_id)
        exhibit.opened()
        key = case_key(exhibit.case_id)
    for name in claim.names:
        try:
            _put(claim, name, exhibit, key, vault or Vault())
        except LeaseLost:
            return len(claim.names)
        except IllegalMove:
            # The case was locked for age while the probe ran: nothing of it is kept, and nothing more is asked.
            _put_off(claim, name, "locked", probe_actions.LOCKED_AGAIN)
    return len(claim.names)


def _put(claim: Claim, name: str, exhibit: Exhibit, key: bytes, vault: Vault) -> None:
    maker: ProbeMaker = import_string(name)
    try:
        with opened_source(exhibit, key, vault=vault) as source:
            made = maker(exhibit, source)
    except sandbox.Unavailable:
        _put_off(claim, name, "no_sandbox", probe_actions.WITHOUT_SANDBOX)
    except VaultError:
        _put_off(claim, name, "no_file", NO_STORE)
    except ProbeFailed as failure:
        _give_up(claim, name, failure)
    except Exception:
        log.exception("a probe failed", extra={"event": "probe"})
        _give_up(claim, name, ProbeFailed(_usual_kind(name), name.split(".")[-2], "fault", again=True))
    else:
        _keep(claim, name, made, vault)


def _keep(claim: Claim, name: str, made: list[Made], vault: Vault) -> None:
    kept = []
    try:
        for one in made:
            kept.append(derivative_actions.store(exhibit_id=claim.exhibit_id, made=one, actor=PROBER, vault=vault))
        now = timezone.now()
        with acting_as(PROBER):
            probe_actions.finish(claim=claim, name=name, at=now)
            for one_kept in kept:
                derivative_actions.write(exhibit_id=claim.exhibit_id, kept=one_kept, by=PROBER, at=now)
    except BaseException as error:
        for one_kept in kept:
            vault.delete(one_kept.stored.name)
        if not isinstance(error, VaultError):
            raise
        _put_off(claim, name, "no_store", NO_STORE)


def _give_up(claim: Claim, name: str, failure: ProbeFailed) -> None:
    with acting_as(PROBER):
        probe_actions.give_up(
            claim=claim,
            name=name,
            kind=failure.kind,
            tool=failure.tool,
            reason=failure.reason,
            again=failure.again,
            by=PROBER,
            at=timezone.now(),
        )


def _put_off(claim: Claim, name: str, reason: str, wait: timedelta) -> None:
    with acting_as(PROBER):
        probe_actions.put_off(claim=claim, name=name, reason=reason, wait=wait, at=timezone.now())


def _usual_kind(name: str) -> DerivativeKind:
    """Return what a probe that broke would have made: its module says so, else data of the file."""
    kind = import_string(name.rpartition(".")[0]).__dict__.get("KIND", DerivativeKind.FILE_DATA)
    return DerivativeKind(kind)

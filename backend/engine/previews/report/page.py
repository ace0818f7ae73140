"""The report as one HTML page, to be read and printed, and as JSON."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from backend.budget.amounts import NANO, in_dollars
from backend.budget.estimate import Forecast, total
from backend.engine.previews.report.report import GoLiveReport, Recipient, Sample, SentMessage
from backend.providers import OWN_KINDS, Provider
from backend.system.html_page import render_page
from backend.system.writing import JSON

FORM = 1
"""Version of the JSON's form: a key that changes its meaning, or goes, changes it."""


def report_page(report: GoLiveReport) -> str:
    """Write the page. All that comes from tasks, or from the policy, is escaped."""
    return render_page(
        "backend.engine.previews.report",
        "page",
        {"count": "{:,}".format, "usd": _usd},
        is_report=True,
        report=report,
        path=_shown_path(report.path),
        recipients=[(one, where(one.provider)) for one in report.recipients],
        samples=list(_unrepeated(report.samples)),
        likely=total(one.cost for one in report.forecasts),
        most=total(one.most for one in report.forecasts),
    )


def report_json(report: GoLiveReport) -> JSON:
    """Return the report as JSON: all that the page shows, money in US dollars."""
    said: dict[str, Any] = {
        "form": FORM,
        "versions": asdict(report.versions) | {"libraries": dict(report.versions.libraries)},
        "project": {"id": report.project, "path": _shown_path(report.path), "title": report.title},
        "tasks": {
            "all": report.tasks,
            "sent": report.sent,
            "leaving": report.leaving,
            "spared": report.spared,
            "refused": report.refusals - report.unreadable,
            "unreadable": report.unreadable,
        },
        "calls": report.calls,
        "recipients": [_recipient(one) for one in report.recipients],
        "guards": list(report.guards),
        "refused": [asdict(one) for one in report.refused if not one.is_unreadable],
        "unreadable": [asdict(one) for one in report.refused if one.is_unreadable],
        "rules": [asdict(one) for one in report.rules],
        "found": [asdict(one) for one in report.found],
        "samples": [asdict(one) for one in report.samples],
        "price": [_price(one) for one in report.forecasts],
        "guessed_answers": list(report.guesses),
        "shows_originals": report.shows_originals,
    }
    return said


def where(provider: Provider) -> str:
    """Say where a provider is, without a name or a key that an address may hold."""
    if provider.kind in OWN_KINDS:
        return "this machine"
    host = urlsplit(provider.address).hostname if provider.address else ""
    return (host or "the vendor's address") + (f", {provider.region}" if provider.region else "")


def _recipient(one: Recipient) -> JSON:
    provider = one.provider
    return {
        "rule": one.rule,
        "provider": provider.name,
        "kind": provider.kind,
        "model": provider.model,
        "where": where(provider),
        "external": provider.external,
        "tasks": one.tasks,
        "calls": one.calls,
        "characters": one.characters,
        "tasks_if_others_fail": one.fallbacks,
    }


def _price(one: Forecast) -> JSON:
    return {
        "rule": one.rule,
        "provider": one.provider.name,
        "calls": one.calls,
        "tokens_in": one.tokens_in,
        "tokens_out": one.tokens_out,
        "usd_likely": None if one.cost is None else one.cost / NANO,
        "usd_at_most": None if one.most is None else one.most / NANO,
    }


def _usd(amount: int | None) -> str:
    return "unknown" if amount is None else in_dollars(amount)


def _shown_path(path: str) -> str:
    return path if re.fullmatch(r"[\w.~/-]{0,64}", path, re.ASCII) else "(other than letters, digits and . _ ~ / -)"


def _unrepeated(samples: Sequence[Sample]) -> Iterator[tuple[Sample, list[list[tuple[SentMessage, bool]]]]]:
    """Yield samples with their messages, each with whether it is one of the system's that stands above already."""
    above: set[tuple[str, tuple[str, ...], str]] = set()
    for sample in samples:
        calls = []
        for call in sample.calls:
            shown = []
            for message in call:
                place = sample.rule, sample.providers, message.content
                shown.append((message, message.role == "system" and place in above))
                above.add(place)
            calls.append(shown)
        yield sample, calls

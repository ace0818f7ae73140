"""A period's report as JSON, signed as heads are, and how it is checked: by its signature, and against the record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.errors import RecordError
from backend.record.chain import Link, canonical_json
from backend.record.claims import Claim, ClaimForm
from backend.record.keys import PublicKey, Signer
from backend.record.period import ENDS, Period, PeriodReport, SentSum, SentTo, report_period
from backend.record.sources import RecordSource
from backend.record.verify import Trust
from backend.system.disk import problem_of, read_bounded

FORM = "labelguard record report v1"
"""What a report's JSON calls itself; a key that changes its meaning, or goes, changes it."""
MOST = 100_000_000
"""Bytes of a report."""
NOT_IT = "is no report of labelguard audit report --out REPORT.json"


def period_json(report: PeriodReport, made: str) -> dict[str, Any]:
    """Return a report as JSON: times in UTC, money in USD, the period's end being the first moment after it.

    Args:
        report: the report.
        made: when it was made, as the record writes times.
    """
    chain = report.chain
    return {
        "form": FORM,
        "made": made,
        "period": {"since": report.period.since, "until": report.period.until, "words": report.period.words},
        "record": {
            "entries": chain.entries,
            "first": chain.first,
            "last": chain.last,
            "hash": chain.hash,
            "begins": report.begins,
            "ends": report.ends,
            "signed": chain.signed,
            "vouched": report.vouched,
            "heads": [list(head) for head in report.heads],
            "pruned": report.pruned,
            "problems": [asdict(problem) for problem in chain.problems],
            "problem_count": chain.count,
        },
        "entries": {"first": report.first, "last": report.last, "after": report.after},
        "open_before": report.open_before,
        "sent": [_sent(to, total) for to, total in report.sent],
        "refusals": dict(report.refusals),
        "claims": [_claim(claim, report.period) for claim in report.claims],
    }


def _sent(to: SentTo, total: SentSum) -> dict[str, Any]:
    return {
        **asdict(to),
        "attempts": total.attempts,
        "ended": {end: total.ends[end] for end in ENDS},
        "bytes_out": total.bytes_out,
        "tokens_in": total.tokens_in,
        "tokens_out": total.tokens_out,
        "cost_usd": round(total.cost_usd, 9),
        "replaced": dict(total.replaced),
        "kept": dict(total.kept),
        "beside": dict(total.beside),
    }


def _claim(claim: Claim, period: Period) -> dict[str, Any]:
    return {
        **asdict(claim.form),
        "sentence": claim.form.words(period.words),
        "verdict": claim.verdict,
        "why": list(claim.why),
        "attempts": claim.attempts,
        "count": claim.count,
        "possibly": claim.possibly,
        "entries": [asdict(entry) for entry in claim.entries],
    }


def signed_json(said: Mapping[str, Any], signer: Signer) -> str:
    """Return a report's JSON with its signature, in the one way that is signed."""
    signature = signer.sign(_message(said)).hex()
    return canonical_json({"report": said, "key": signer.public.name, "signature": signature}) + "\n"


def _message(said: Mapping[str, Any]) -> bytes:
    return f"{FORM}\n{canonical_json(said)}\n".encode()


def read_signed(file: Path, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """Read a signed report.

    Args:
        file: its path.
        keys: those that may have signed it.

    Returns:
        The report.

    Raises:
        RecordError: the file cannot be read, is none, or no such key signed what stands in it.
    """
    try:
        whole = json.loads(read_bounded(file, MOST))
        said, key, signature = whole["report"], whole["key"], bytes.fromhex(whole["signature"])
        message = _message(said)
        known = said["form"] == FORM
    except OSError as error:
        raise RecordError(f"{file} {problem_of(error)} - give a file of labelguard audit report") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RecordError(f"{file} {NOT_IT}") from None
    if not known:
        raise RecordError(f"{file} {NOT_IT}, or of another version")
    signed_by = [one for one in keys if one.name == key]
    if not signed_by:
        raise RecordError(f"{file} is signed by another key than those given - give its public key")
    if not signed_by[0].accepts(signature, message):
        raise RecordError(f"{file} was changed: its signature is not good")
    return dict(said)


def differs_from_record(said: Mapping[str, Any], source: RecordSource, keys: Sequence[PublicKey]) -> list[str]:
    """Make a report anew from the record as it was then, and say in which parts that is another one.

    Args:
        said: the report, as `read_signed` returns it.
        source: the record, which may have grown since.
        keys: those that signed its heads.

    Returns:
        The names of the parts; none where it says what the record says.

    Raises:
        RecordError: the record was pruned since, so that it cannot be made again.
    """
    record, period = said["record"], Period(said["period"]["since"], said["period"]["until"])
    forms = [ClaimForm(one["entity_type"], one["provider"], one["held"]) for one in said["claims"]]
    seals = tuple(one for one in source.seals if isinstance(one.seq, int) and one.seq <= record["signed"])
    pruned = max((seal.seq for seal in source.seals if seal.kind == "checkpoint"), default=0)
    if pruned != record["pruned"]:
        raise RecordError("the record was pruned since the report was made, so it cannot be made again from it")
    seals += tuple(one for one in source.seals if one.kind == "checkpoint" and one not in seals)
    then = RecordSource(_until(source.links, record["last"]), seals, (record["last"], record["hash"]))
    trust = Trust(keys, [(seq, digest) for seq, digest in record["heads"]])
    made = json.loads(canonical_json(period_json(report_period(then, trust, period, forms), said["made"])))
    return [name for name in sorted(made.keys() | said.keys()) if made.get(name) != said.get(name)]


def _until(links: Iterator[Link], last: int) -> Iterator[Link]:
    for link in links:
        if link.seq > last:
            return
        yield link

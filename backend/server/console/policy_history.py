"""What the last change of the policy did, as far as the record tells: under which policies was sent, and what moved."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import RecordError
from backend.record.sendings import Sending, Wanted, sendings_page
from backend.store import Store

MOST_SENDINGS = 3_000
"""Attempts that are looked at, the newest."""
MOST_POLICIES = 10
MOST_MOVED = 50
DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PolicyUse:
    """What was done under a policy.

    Attributes:
        digest: the beginning of its SHA-256.
        first, last: when, UTC.
        left: requests that left the network.
        stayed: requests that did not.
        refused: those that were not made.
        kept_back: which errors' codes refused them, and how often.
    """

    digest: str
    first: str
    last: str
    left: int
    stayed: int
    refused: int
    kept_back: str


@dataclass(frozen=True, slots=True)
class MovedProject:
    """A project with whose tasks something else is done than under the policy before."""

    project: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """What the record tells of policies.

    Attributes:
        uses: the newest first.
        moved: what the last change did, by project.
        more: how many more projects it moved.
        common: how many projects have entries under both of the last two policies: nothing is known of others.
        looked: how many attempts were looked at.
        is_current: whether the newest of these policies is the one in force.
        problem: why nothing can be told, "" if something can.
    """

    uses: Sequence[PolicyUse] = ()
    moved: Sequence[MovedProject] = ()
    more: int = 0
    common: int = 0
    looked: int = 0
    is_current: bool = False
    problem: str = ""


def policy_history(store: Store, digest: str) -> PolicyHistory:
    """Ask the record what was done under which policy.

    Args:
        store: of the record.
        digest: of the policy in force.

    Raises:
        StoreError: the database cannot be asked.
    """
    try:
        page = sendings_page(store, Wanted(), None, MOST_SENDINGS)
        return _told(page.shown, digest)
    except RecordError as error:
        return PolicyHistory(problem=error.reason)
    except (KeyError, TypeError, AttributeError):
        return PolicyHistory(problem="an entry cannot be read - see labelguard audit verify")


def _told(shown: Sequence[Sending], digest: str) -> PolicyHistory:
    by_policy: defaultdict[str, list[Sending]] = defaultdict(list)
    for one in shown:
        if one.attempt["policy"]:
            by_policy[one.attempt["policy"]].append(one)
    newest = list(by_policy)[:2]
    moved: list[MovedProject] = []
    common = 0
    if len(newest) == 2:
        after, before = (_ways(by_policy[name]) for name in newest)
        both = sorted(after.keys() & before.keys(), key=lambda name: name.rjust(20, "0"))
        common = len(both)
        moved = [MovedProject(name, before[name], after[name]) for name in both if before[name] != after[name]]
    uses = [_use(name, own) for name, own in by_policy.items()][:MOST_POLICIES]
    more = max(0, len(moved) - MOST_MOVED)
    return PolicyHistory(uses, moved[:MOST_MOVED], more, common, len(shown), newest[:1] == [digest])


def _use(digest: str, own: Sequence[Sending]) -> PolicyUse:
    begun = [one for one in own if one.was_begun]
    codes = Counter(one.code for one in own if not one.was_begun)
    left = sum(bool(one.attempt["external"]) for one in begun)
    first, last = (one.attempt["time"][:19].replace("T", " ") for one in (own[-1], own[0]))
    told = ", ".join(f"{count} {code}" for code, count in codes.most_common(5))
    return PolicyUse(digest[:DIGEST_SHOWN], first, last, left, len(begun) - left, codes.total(), told)


def _ways(own: Sequence[Sending]) -> dict[str, str]:
    """Return by project what was done with its tasks: by which rules, to whom, or why not."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in own:
        said = one.attempt
        to = f"{said['provider']} ({'leaves' if said['external'] else 'stays'})" if one.was_begun else one.code
        found[said["project"]].add(f"{said['rule'] or 'no rule'}: {to}")
    return {project: "; ".join(sorted(ways)) for project, ways in found.items()}

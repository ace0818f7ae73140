"""Which model may see what. A policy file → `Policy`, and a project → the rules that decide. Default deny (P1)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.policy.facts import Facts, restrict
from backend.policy.file.entries import list_cautions
from backend.policy.file.files import load_whole
from backend.policy.index import RuleIndex
from backend.policy.match import Subject, project_id
from backend.policy.packaged import not_read, of_another_language, packages_of, unknown_labels
from backend.policy.rules import Rule, make_provider, make_rule
from backend.privacy.types import Scan
from backend.providers import Provider
from backend.system.snapshot import Snapshot

__all__ = ["Facts", "Policy", "Rule", "Subject", "project_id", "restrict"]

log = logging.getLogger("labelguard.policy")


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file that holds in all its parts.

    Attributes:
        file: where it was read.
        digest: SHA-256 of the file's bytes; if others belong to it, of all their hashes.
        providers: all that it names.
        rules: from top to bottom.
        files: all that belong to it.
        cautions: which entries of `never_redact` may be somebody's, by file and line; models' labels
            that are unknown, models of another language, and languages that nothing here reads.
        seen: all files that were looked for, and what stood in them, as `backend.system.snapshot.Snapshot.seen` has it.
    """

    file: Path
    digest: str
    providers: tuple[Provider, ...]
    rules: tuple[Rule, ...]
    files: tuple[Path, ...]
    cautions: tuple[str, ...]
    seen: Mapping[Path, str] = field(repr=False, compare=False)
    _index: RuleIndex = field(repr=False, compare=False)

    @classmethod
    def load(cls, file: Path, snapshot: Snapshot | None = None) -> "Policy":
        """Read a policy file.

        Args:
            file: its path.
            snapshot: by which it and all that belong to it are read, each once.

        Raises:
            PolicyFileError: the first problem in the file; `others` holds the rest.
        """
        snapshot = snapshot or Snapshot()
        loaded = load_whole(file, snapshot)
        providers = {name: make_provider(name, form, loaded) for name, form in loaded.providers.items()}
        rules = tuple(make_rule(form, providers, loaded) for form in loaded.form.rules)
        index = RuleIndex([rule.match for rule in rules])
        files = tuple(loaded.contents)
        scans = [rule.decision.scan for rule in rules]
        packages = packages_of(scans)
        cautioned = (
            *list_cautions(loaded),
            *unknown_labels(packages),
            *of_another_language(packages),
            *not_read(scans),
        )
        policy = cls(file, loaded.digest, tuple(providers.values()), rules, files, cautioned, snapshot.seen, index)
        log.info("policy %s: %d rules, sha256 %s", file, len(rules), policy.digest)
        return policy

    @property
    def scans(self) -> frozenset[Scan]:
        """The ways in which its rules look for personal data, in texts or in answers."""
        return frozenset(rule.decision.scan for rule in self.rules if _looks(rule))

    @property
    def guards(self) -> frozenset[Provider]:
        """The models that look for personal data."""
        return frozenset(scan.guard for scan in self.scans if scan.guard)

    def warn(self) -> None:
        """Say in the log what its owner should look at again; for whoever puts it into force."""
        for caution in self.cautions:
            log.warning("policy %s: %s", self.file, caution)

    @property
    def asks_title(self) -> bool:
        """Whether a rule asks for a project's title."""
        return any(rule.match.form.title is not None for rule in self.rules)

    @property
    def keeps_annotations(self) -> bool:
        """Whether a rule lets annotations be kept."""
        return any(rule.decision.keeps_annotations for rule in self.rules)

    def candidates(self, subject: Subject) -> Sequence[Rule]:
        """Return the rules that may decide on a project's tasks, from top to bottom.

        All but the last ask something of the task; none is left if no rule matches, and then nothing is allowed.
        """
        found = []
        for place in self._index.places(subject):
            rule = self.rules[place]
            if not rule.match.missed(subject):
                found.append(rule)
                if not rule.match.asks_task:
                    break
        return found


def _looks(rule: Rule) -> bool:
    decision = rule.decision
    in_answers = bool(decision.providers) and decision.answers != "keep"
    in_texts = bool(decision.providers) and decision.redact
    return in_texts or in_answers or rule.match.form.entities is not None

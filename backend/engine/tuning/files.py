"""Where a new prompt and its report go: beside the old prompt, and never over it."""

import os
from pathlib import Path

from backend.engine.tuning.outcome import TuningOutcome
from backend.engine.tuning.report import tuning_page
from backend.engine.tuning.run import TunableRule
from backend.errors import RequestError
from backend.policy import Policy
from backend.system.disk import write_whole

REPORT = ".html"


def prompt_target(policy: Policy, rule: TunableRule, out: Path | None, *, force: bool, own: Path | None = None) -> Path:
    """Return where a new prompt goes.

    Args:
        policy: the rule's.
        rule: whose prompt it is.
        out: where it is wanted; None for beside the old one, or beside the policy if that is a shipped one.
        force: whether files that are there may be written over; what is in force may not.
        own: the deployment's own folder of templates.

    Raises:
        RequestError: a file is in the way, none can be written there, or it would be a template of another language.
    """
    old = _old_file(policy, rule, own)
    beside = old or policy.file.with_name(rule.name)
    target = out or beside.with_name(f"{beside.stem}.tuned{beside.suffix}")
    if target.suffix != beside.suffix:
        raise RequestError(f"--out {target} must end with {beside.suffix}, which says the template's language")
    if old and target.resolve() == old.resolve():
        raise RequestError(f"--out {target} is the prompt that is there, which stays as it is - name another")
    if target.resolve() in {file.resolve() for file in policy.files}:
        raise RequestError(f"{target} is in force, since the policy names it - name another with --out")
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise RequestError(f"no file can be written into {folder} - name another by --out")
    there = [str(file) for file in (target, target.with_suffix(REPORT)) if file.exists()]
    if there and not force:
        raise RequestError(f"{' and '.join(there)} is there already - --force writes over it, --out names another")
    return target


def _old_file(policy: Policy, rule: TunableRule, own: Path | None) -> Path | None:
    """Return the file of a rule's prompt; None for a shipped one."""
    if rule.decision.prompt is None:
        return own / rule.name if own and (own / rule.name).is_file() else None
    named = (file for file in policy.files if file.name == rule.name)
    return next((file for file in named if file.read_text("utf-8-sig") == rule.decision.prompt), None)


def write_tuned(policy: Policy, outcome: TuningOutcome, target: Path) -> list[Path]:
    """Write the new prompt, if it is worth it, and the report, which its owner alone may read; returns their paths.

    Raises:
        OSError: a file cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    report, files = target.with_suffix(REPORT), []
    if outcome.is_written:
        write_whole(target, f"{outcome.new}\n".encode())
        files.append(target)
    write_whole(report, tuning_page(outcome, named_by(policy, target) if outcome.is_written else "").encode(), 0o600)
    return [*files, report]


def named_by(policy: Policy, file: Path) -> str:
    """Return a file's path as the policy would name it."""
    folder, whole = policy.file.resolve().parent, file.resolve()
    return str(whole.relative_to(folder)) if whole.is_relative_to(folder) else str(whole)

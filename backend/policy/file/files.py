"""A policy file with all files that it names → forms whose every path is whole."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from backend.errors import PolicyFileError
from backend.policy.file.entries import check_lists
from backend.policy.file.loaded import Loaded
from backend.policy.file.meaning import meaning_problems
from backend.policy.file.problems import Problem, form_problems
from backend.policy.file.schema import KeyForm, PackageForm, PolicyForm, ProfileForm, ProviderForm, SettingsForm
from backend.policy.file.source import Location, PolicySource, read_policy_text, read_source
from backend.providers import MANIFEST
from backend.system.snapshot import Snapshot

DEEPEST = 5
NAMING = ("prompt", "examples", "never_redact", "always_redact")
"""Settings that name a file."""
S = TypeVar("S", bound=SettingsForm)


def load_file(file: Path, snapshot: Snapshot | None = None, above: tuple[Path, ...] = ()) -> Loaded:
    """Read a policy file, and those that it extends, as far as each holds by itself.

    Args:
        file: its path.
        snapshot: by which all files are read, each once.
        above: those that extend it.

    Raises:
        PolicyFileError: the first problem in the file; `others` holds the rest.
    """
    snapshot = snapshot or Snapshot()
    source = read_source(file, snapshot)
    form = _form(source)
    contents = {file: source.content}
    providers: dict[str, ProviderForm] = {}
    profiles: dict[str, ProfileForm] = {}
    for index, name in enumerate(form.extends):
        base = _base(source, (index, name), snapshot, (*above, file.resolve()))
        twice = [*_clash("provider", providers, base.providers), *_clash("profile", profiles, base.profiles)]
        if twice:
            remedy = "give one of them another name"
            raise source.error(("extends", index), f"brings {twice[0]}, which a file before it has too", remedy)
        contents |= base.contents
        providers |= base.providers
        profiles |= base.profiles
    problems = [*_twice("providers", form.providers, providers), *_twice("profiles", form.profiles, profiles)]
    if problems:
        raise errors(source, problems)
    form = form.model_copy(update=_whole(form, file.parent))
    contents |= _named(source, form, snapshot)
    return Loaded(source, form, providers | form.providers, profiles | form.profiles, contents, snapshot)


def load_whole(file: Path, snapshot: Snapshot | None = None, above: tuple[Path, ...] = ()) -> Loaded:
    """Read a policy file that holds in all its parts; arguments as for `load`.

    Raises:
        PolicyFileError: the first problem in the file, or in one that it extends; `others` holds the rest.
    """
    loaded = load_file(file, snapshot, above)
    problems = list(meaning_problems(loaded))
    if problems:
        raise errors(loaded.source, problems)
    return loaded


def errors(source: PolicySource, problems: Iterable[Problem]) -> PolicyFileError:
    """Build one error of all problems: the first in the file, which holds the others."""
    found = sorted((source.error(p.where, p.what, p.remedy) for p in problems), key=lambda error: error.line or 0)
    found[0].others = tuple(found[1:])
    return found[0]


def _form(source: PolicySource) -> PolicyForm:
    try:
        return PolicyForm.model_validate(source.data)
    except ValidationError as error:
        problems = list(form_problems(error, source.data))
    raise errors(source, problems)


def _base(source: PolicySource, place: tuple[int, str], snapshot: Snapshot, above: tuple[Path, ...]) -> Loaded:
    """Read a file that another extends: a path from that one's folder, or the name of a shipped one."""
    index, name = place
    where: Location = ("extends", index)
    path = source.file.parent / name
    if "/" not in name and not snapshot.has(path):
        path = source.file.parent / f"{name}.yaml"
        if not snapshot.has(path):
            path = Path(str(files("policies").joinpath(f"{name}.yaml")))
    if path.resolve() in above or len(above) > DEEPEST:
        raise source.error(where, "leads back to this file, or too deep", "remove it")
    if not snapshot.has(path):
        known = sorted(p.name.removesuffix(".yaml") for p in files("policies").iterdir() if _is_policy(p.name))
        raise source.error(where, f"there is no policy {name}", f"write a path, or one of {', '.join(known)}")
    return load_whole(path, snapshot, above)


def _is_policy(name: str) -> bool:
    return name.endswith(".yaml") and name.count(".") == 1  # neither tests nor recognizers


def _twice(kind: str, own: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Problem]:
    for name in own:
        if name in known:
            yield Problem((kind, name), "stands in a file that this one extends too", "give it another name")


def _clash(kind: str, known: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what two files that are extended say differently; both may extend the same third."""
    yield from (f"{kind} {name}" for name in new if name in known and known[name] != new[name])


def _whole(form: PolicyForm, folder: Path) -> dict[str, Any]:
    """Return the parts of a form with paths that begin at the root, since other files may take them over."""
    return {
        "providers": {name: _placed(provider, folder) for name, provider in form.providers.items()},
        "profiles": {name: _settled(profile, folder) for name, profile in form.profiles.items()},
        "rules": [_settled(rule, folder) for rule in form.rules],
    }


def _placed(form: ProviderForm, folder: Path) -> ProviderForm:
    said: dict[str, Any] = {"key": _key(form.key, folder), "proxy_key": _key(form.proxy_key, folder)}
    if form.ca:
        said["ca"] = str(folder / form.ca)
    if form.path:
        said["path"] = str(folder / form.path)
    return form.model_copy(update=said)


def _settled(form: S, folder: Path) -> S:
    said: dict[str, Any] = {}
    for name in NAMING:
        if path := getattr(form, name):
            said[name] = str(folder / path)
    detection: dict[str, Any] = {}
    if form.detection.recognizers:
        detection["recognizers"] = str(folder / form.detection.recognizers)
    if isinstance(form.detection.languages, dict):
        languages = form.detection.languages.items()
        detection["languages"] = {code: package and _kept_at(package, folder) for code, package in languages}
    if detection:
        said["detection"] = form.detection.model_copy(update=detection)
    if form.operators:
        operators = form.operators.items()
        said["operators"] = {n: o.model_copy(update={"key": _key(o.key, folder)}) for n, o in operators}
    return form.model_copy(update=said)


def _kept_at(form: PackageForm, folder: Path) -> PackageForm:
    """Return a package's form with the whole path of its folder, if it is one and no name."""
    said: dict[str, Any] = {}
    for kind, place in form.places.items():
        path = (folder / place).absolute()
        if place[0] in "./" or path.is_dir():
            said[kind] = str(path)
    return form.model_copy(update=said)


def _key(key: KeyForm | None, folder: Path) -> KeyForm | None:
    return key.model_copy(update={"file": str(folder / key.file)}) if key and key.file else key


def _named(source: PolicySource, form: PolicyForm, snapshot: Snapshot) -> dict[Path, bytes]:
    """Read the files that providers, rules and profiles name."""
    found: dict[Path, bytes] = {}
    for name, provider in form.providers.items():
        if provider.ca:
            found[Path(provider.ca)] = _content(source, ("providers", name, "ca"), provider.ca, snapshot)
        if provider.path:
            manifest = Path(provider.path, MANIFEST)
            found[manifest] = _content(source, ("providers", name, "path"), str(manifest), snapshot)
    parts: list[tuple[Location, SettingsForm]] = [(("rules", n), rule) for n, rule in enumerate(form.rules)]
    parts += [(("profiles", name), profile) for name, profile in form.profiles.items()]
    for here, part in parts:
        for name in NAMING:
            if path := getattr(part, name):
                found[Path(path)] = _content(source, (*here, name), path, snapshot)
        check_lists(part, found, snapshot)
        if part.detection.recognizers:
            where = (*here, "detection", "recognizers")
            found[Path(part.detection.recognizers)] = _content(source, where, part.detection.recognizers, snapshot)
    return found


def _content(source: PolicySource, where: Location, path: str, snapshot: Snapshot) -> bytes:
    problem = ""
    try:
        read_policy_text(Path(path), snapshot)  # it must be text
        return snapshot.read(Path(path))
    except PolicyFileError as error:
        problem = error.problem
    name = Path(path)
    shown = name.relative_to(source.file.parent) if name.is_relative_to(source.file.parent) else name
    raise source.error(where, f"the file {shown} {problem}", "its path begins at the policy file")

"""The settings that rules share, and what holds where several say something."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, TypeVar

from backend.policy.file.form import StrictForm
from backend.policy.file.schema import ProfileForm, RuleForm, SettingsForm

F = TypeVar("F", bound=StrictForm)


def settings_of(rule: RuleForm, profiles: Mapping[str, ProfileForm]) -> RuleForm:
    """Return a rule with the settings of its profile, and of those that it extends, where it has none of its own."""
    chain: list[SettingsForm] = [rule]
    name = rule.profile
    while name and name in profiles and len(chain) <= len(profiles):
        chain.append(profiles[name])
        name = profiles[name].extends
    below = [RuleForm.model_construct(form.model_fields_set - {"extends"}, **dict(form)) for form in chain[:0:-1]]
    return reduce(_over, [*below, rule]) if below else rule


def _over(base: F, own: F) -> F:
    """Put a form's own values over those of another: blocks key by key, operators type by type, all else whole."""
    said: dict[str, Any] = {}
    for name in own.model_fields_set:
        value, before = getattr(own, name), getattr(base, name, None)
        if isinstance(value, StrictForm) and isinstance(before, StrictForm):
            value = _over(before, value)
        elif name != "languages" and isinstance(value, Mapping) and isinstance(before, Mapping):
            value = {**before, **value}
        said[name] = value
    return base.model_copy(update=said)

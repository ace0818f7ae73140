"""Whether several workers can share what a policy lets be done at once."""

from backend.errors import SettingsError
from backend.policy import Policy
from backend.settings import variable


def check_workers(policy: Policy, workers: int) -> None:
    """See that each of several workers may make a call at a time, of each provider and by each rule.

    Raises:
        SettingsError: one may not.
    """
    bounds = {f"provider {provider.name}": provider.concurrency for provider in policy.providers}
    bounds |= {f"rule {rule.decision.rule!r}": rule.decision.limits.concurrency or workers for rule in policy.rules}
    for name, most in bounds.items():
        if most < workers:
            problem = f"{workers} workers cannot share {name}, whose concurrency is {most}"
            raise SettingsError(variable("workers"), problem, "set fewer workers, or raise it in the policy")

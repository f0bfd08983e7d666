"""A contender: one orchestrator under one of its profiles. Plans, stacks and checks take it as one value."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import Misuse
from harness.orchestrators.manifest import Manifest, Profile


@dataclass(frozen=True)
class Contender:
    """An orchestrator and the name of one of its profiles."""

    manifest: Manifest
    profile: str

    @property
    def name(self) -> str:
        """The orchestrator's name."""
        return self.manifest.name

    @property
    def settings(self) -> Profile:
        """The complete profile, with everything that it inherits."""
        return self.manifest.profiles[self.profile]

    @property
    def trial_limit_s(self) -> float:
        """How long a trial can take until it counts as hung."""
        return self.settings.trial_limit_s or self.manifest.trial_limit_s

    def code(self, category: str) -> list[str]:
        """Return the patterns of the files that count in a category: the orchestrator's, then the profile's own."""
        return [pattern for code in (self.manifest.code, self.settings.code) for pattern in getattr(code, category)]


def contenders(manifests: Iterable[Manifest]) -> list[Contender]:
    """Return each of these orchestrators under each of its profiles, in the manifest's order."""
    return [Contender(manifest, profile) for manifest in manifests for profile in manifest.profiles]


def with_profile(manifest: Manifest, profile: str) -> Contender:
    """Return an orchestrator under a requested profile. Raises `Misuse` if it has no such profile."""
    if profile not in manifest.profiles:
        known = ", ".join(manifest.profiles)
        raise Misuse(f"{manifest.name} has no profile {profile!r}. Choose from: {known}")
    return Contender(manifest, profile)

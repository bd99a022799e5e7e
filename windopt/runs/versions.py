"""The versions of the packages that decide a run's numbers."""

from importlib.metadata import version

PACKAGES = ("windopt", "floris", "torch", "numpy", "scipy", "shapely", "windIO")


def installed_versions() -> dict[str, str]:
    """Return the versions of what decides a run's numbers, by package."""
    return {name: version(name) for name in PACKAGES}

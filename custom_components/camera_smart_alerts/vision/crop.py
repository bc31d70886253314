"""INTERIM by the integrator, to be replaced by helper SESSION."""

from .datatypes import Box, RgbImage


class ChangeFinder:
    """Finds what moved."""

    def update(self, image: RgbImage) -> Box | None:
        """Return the region that moved."""
        return None

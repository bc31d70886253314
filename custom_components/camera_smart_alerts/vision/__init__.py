"""From a camera's frames to a verdict: pure computer vision, no Home Assistant.

The data path, one file per stage::

    video ─► NewestFrame ─► session ─► crop + detector ─► tracker ─► verdict ─► AnalysisResult
                                                                       annotate (JPEG)

Nothing in this package imports ``homeassistant`` or the integration around it, and its modules
import each other only as ``from .module import name``: scripts and tests load it as the
top-level package ``vision`` (1 s and 100 MB less than loading Home Assistant).
There are no re-exports: import a name from the module that defines it.
"""

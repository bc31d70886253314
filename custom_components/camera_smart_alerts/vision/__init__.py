"""From a camera's frames to a verdict: pure computer vision, no Home Assistant.

The data path, one file per stage::

    decoder ─► video ─► newest ─► session ─► crop + detector ─► tracker ─► verdict
    (FFmpeg)   (thread)  (frame)     │            runtime
                                     └─► AnalysisResult ─► annotate (JPEG)

``stream_time`` and ``interrupt`` serve ``video``: when a frame was captured, and how to stop a
decoder that waits for one. Nothing in this package imports ``homeassistant`` or the integration
around it, and its modules import each other only as ``from .module import name``: scripts and
tests load it as the top-level package ``vision`` (187 modules instead of 930).
There are no re-exports: import a name from the module that defines it.
"""

"""Names that many use: the domain, the product, keys of the config entry and its subentries."""

from typing import Final

DOMAIN: Final = "camera_smart_alerts"
TITLE: Final = "Camera Smart Alerts"
"""What people call it, in every language; also the name of Android's channel."""
ATTR_VISIT_ID: Final = "visit_id"
"""Of events, actions and commands."""
SUBENTRY_CAMERA: Final = "camera"

# Data of the hub.
CONF_TWO_STEP: Final = "two_step"

# Options of the hub.
CONF_ADMINS_ONLY: Final = "pictures_admins_only"
CONF_ENGINE: Final = "engine"
CONF_FRAMES_PER_SECOND: Final = "frames_per_second"
CONF_HISTORY_MAX_MB: Final = "history_max_mb"
CONF_RETENTION: Final = "retention"
CONF_THREADS: Final = "threads"
CONF_LATENCY_LIMIT: Final = "latency_limit"
CONF_PRESENCE: Final = "presence"
CONF_QUIET_END: Final = "quiet_end"
CONF_QUIET_START: Final = "quiet_start"
CONF_TWO_STEP_ONLY: Final = "pictures_two_step_only"

# Data of a camera subentry: what is watched.
CONF_CAMERA: Final = "camera"
CONF_GROUP: Final = "group"
CONF_HOLD: Final = "hold"
CONF_IMPORTANT: Final = "important"
CONF_KINDS: Final = "kinds"
CONF_MODE_AWAY: Final = "mode_away"
CONF_MODE_HOME: Final = "mode_home"
CONF_LOITER: Final = "loiter"
CONF_MASKS: Final = "masks"
CONF_MIN_CONFIDENCE: Final = "min_confidence"
CONF_MIN_HEIGHT: Final = "min_height"
CONF_MOTION: Final = "motion"
CONF_PICTURE_STYLE: Final = "picture_style"
CONF_SENSITIVITY: Final = "sensitivity"
CONF_VERIFY_TLS: Final = "verify_tls"
CONF_ZONES: Final = "zones"

# Data of a camera subentry: who is told, and how.
CONF_CONFIRM_WITHIN: Final = "confirm_within"
CONF_COOLDOWN: Final = "cooldown"
CONF_DASHBOARD: Final = "dashboard"
CONF_CRITICAL: Final = "critical"
CONF_CRITICAL_END: Final = "critical_end"
CONF_CRITICAL_START: Final = "critical_start"
CONF_DISPLAYS: Final = "displays"
CONF_ECHO_SHOWS: Final = "echo_shows"
CONF_MESSAGE: Final = "message"
CONF_NO_TEXT: Final = "no_text"
CONF_PHONES: Final = "phones"
CONF_SHARE_ADDRESS: Final = "share_address"
CONF_SHARE_SECRET: Final = "share_secret"  # noqa: S105 - the name of a field
CONF_SPEAKERS: Final = "speakers"
CONF_VOLUME: Final = "volume"
CONF_TTS_ENGINE: Final = "tts_engine"

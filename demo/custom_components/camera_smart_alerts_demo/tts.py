"""A voice for the demo: says every word as one soft beep, and needs nothing from the internet."""

import io
from typing import Any, override

import av
from homeassistant.components.tts import TextToSpeechEntity, TtsAudioType
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import numpy as np

from . import DemoConfigEntry

PARALLEL_UPDATES = 0
_RATE = 16_000


async def async_setup_entry(
    _hass: HomeAssistant,
    _entry: DemoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Create the voice."""
    async_add_entities([DemoVoice()])


class DemoVoice(TextToSpeechEntity):
    """Beeps."""

    _attr_name = "Demo voice"
    _attr_unique_id = "voice"
    _attr_default_language = "en"
    _attr_supported_languages = ["en"]  # noqa: RUF012 - Home Assistant declares it so

    @override
    def get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> TtsAudioType:
        """Return an MP3 with one beep per word; MP3, so that no FFmpeg program is needed."""
        beep = np.sin(np.arange(_RATE // 8) / 6) * np.hanning(_RATE // 8)
        word = np.concatenate([3000 * beep, np.zeros(_RATE // 8)])
        samples = np.tile(word, max(1, len(message.split()))).astype(np.int16)
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp3") as output:
            stream = output.add_stream("libmp3lame", rate=_RATE, layout="mono")
            frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
            frame.sample_rate = _RATE
            output.mux(stream.encode(av.AudioResampler("s16p").resample(frame)[0]))
            output.mux(stream.encode())
        return "mp3", buffer.getvalue()

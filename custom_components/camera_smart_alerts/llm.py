"""For assistants: "who was at the door today?", answered from what is written of visits.

What a reader would get wrong: it never says who somebody is, and shows no picture; both are not
known here. Intents become no tools by themselves (``intent.py``), so this is the only one.
"""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.util import dt as dt_util
import probatio

from .const import DOMAIN
from .data import loaded
from .spoken import async_spoken, is_exposed
from .vision.datatypes import Kind
from .visit_list import ANY_KIND, Wanted, async_page, within

ATTR_CAMERA: Final = "camera"
ATTR_HOURS: Final = "hours"
ATTR_KIND: Final = "kind"
_MOST: Final = 50


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tool, where any camera is exposed."""
    runtime = loaded(hass)
    if api_id != LLM_API_ASSIST or runtime is None:
        return None
    exposed = (is_exposed(hass, llm_context.assistant, one) for one in runtime.cameras.values())
    return LLMTools([VisitsTool()]) if any(exposed) else None


class VisitsTool(Tool):
    """Lists what cameras saw."""

    name = f"{DOMAIN}__get_visits"
    title = "Get visits"
    description = (
        "Lists what the home's cameras saw lately, the newest first: when, which kinds (person, "
        "animal, vehicle) and how many, at which cameras. Use it for questions such as who was at "
        "the door today. It does not know who somebody was."
    )
    integration = DOMAIN
    annotations = ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )
    parameters = probatio.Schema(
        {
            probatio.Optional(
                ATTR_CAMERA, description="Name of one camera or area; leave out for all"
            ): str,
            probatio.Optional(ATTR_KIND, description="Only this kind"): probatio.In(list(Kind)),
            probatio.Optional(
                ATTR_HOURS, default=24, description="How far to look back"
            ): probatio.All(probatio.Coerce(int), probatio.Range(min=1, max=720)),
        }
    )

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Return the visits."""
        asked = self.parameters(tool_input.tool_args)
        spoken = await async_spoken(hass, llm_context.assistant, llm_context.context)
        if spoken is None:
            return ToolResult({"error": "No camera may be talked about"}, error=True)
        cameras = spoken.cameras
        meant = spoken.meant(asked.get(ATTR_CAMERA, ""))
        since = dt_util.utcnow() - timedelta(hours=asked[ATTR_HOURS])
        page = await async_page(
            spoken.runtime.database,
            Wanted(
                cameras=meant,
                kind=asked.get(ATTR_KIND, ANY_KIND),
                after=since.timestamp(),
                limit=_MOST,
            ),
        )
        return ToolResult(
            {
                "cameras": [cameras[key].name for key in meant],
                "visits": [
                    {
                        "at": dt_util.as_local(
                            datetime.fromisoformat(visit["started_at"])
                        ).isoformat(timespec="seconds"),
                        "seen": dict(visit["kinds"]),
                        "cameras": [cameras[key].name for key in visit["cameras"]],
                        "lasted_s": visit["lasted_s"],
                    }
                    for visit in (within(one, meant) for one in page.visits)
                ],
                "there_are_more": page.cursor is not None,
            }
        )

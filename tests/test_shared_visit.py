"""What two cameras saw, asked about in every way by somebody with a right to one of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er, intent
from homeassistant.helpers.llm import LLMContext, ToolInput
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.camera_smart_alerts.alerts import visit_id
from custom_components.camera_smart_alerts.const import DOMAIN
from custom_components.camera_smart_alerts.coordinator import CameraCoordinator
from custom_components.camera_smart_alerts.intent import INTENT
from custom_components.camera_smart_alerts.llm import VisitsTool
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visits import QUIET
from tests.camera_actions import ask
from tests.camera_peer import AddCamera, PeerCamera
from tests.common import MOTION, enrol, subentry
from tests.enrolled import record
from tests.looking_back import ROOT, Browser, Talk
from tests.people import ADMIN, NO_CAMERA, READ_ONLY, Person, people
from tests.watched_home import WatchedHome

ASSISTANT = "conversation"
FRONT, BACK = "camera.still", "camera.back"
SOME = NO_CAMERA
"""Who may use the front camera and nothing else."""

type Facts = tuple[list[str], dict[str, int]]
"""The cameras of a visit, and what it is said to have been."""


@dataclass
class Group:
    """Two cameras of one group, and people who ask about what they see."""

    hass: HomeAssistant
    home: WatchedHome
    talk: Talk
    people: dict[str, Person]

    @property
    def front(self) -> CameraCoordinator:
        return self.home.cameras[0]

    async def see(self) -> str:
        """Let both see a person, and the back alone a second one and vehicles; return the visit."""
        _, first = await self.home.see(Kind.VEHICLE, camera=1, count=3)
        await self.home.see(Kind.PERSON, camera=1, count=2)
        _, visit = await self.home.see(Kind.PERSON, camera=0)
        assert visit == first, "one visit of both"
        await self.home.wait()
        return visit_id(visit)

    async def command(self, who: str, command: str, **data: Any) -> Any:
        answer = await self.talk.ask(self.people[who], f"{DOMAIN}/{command}", **data)
        assert answer["success"], answer
        return answer["result"]

    def context(self, who: str) -> Context:
        return Context(user_id=self.people[who].user.id)

    def browser(self, who: str) -> Browser:
        return Browser(self.talk, self.people[who])

    async def tool(self, who: str, **asked: Any) -> list[Facts]:
        """Return what a language model is told."""
        context = LLMContext("test", self.context(who), "en", ASSISTANT, None)
        tool = VisitsTool()
        said: Any = await tool.async_call(self.hass, ToolInput(tool.name, asked), context)
        return [(one["cameras"], one["seen"]) for one in said.data["visits"]]

    async def assist(self, who: str, **slots: Any) -> str:
        """Return what Assist says."""
        answer = await intent.async_handle(
            self.hass,
            "test",
            INTENT,
            {key: {"value": value} for key, value in slots.items()},
            assistant=ASSISTANT,
            context=self.context(who),
        )
        said: str = answer.speech["plain"]["speech"]
        return said


@pytest.fixture
async def served(hass: HomeAssistant) -> HomeAssistant:
    """Set up what is asked over HTTP, before the phones use it."""
    for component in ("homeassistant", "http", "media_source"):
        assert await async_setup_component(hass, component, {})
    return hass


@pytest.fixture
async def group(
    served: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    add_camera: AddCamera,
    hass_ws_client: WebSocketGenerator,
) -> Group:
    back = await add_camera(PeerCamera("Back"))
    await home.enrol(still_camera, back, group="yard")
    for entity_id in (FRONT, BACK):
        async_expose_entity(served, ASSISTANT, entity_id, should_expose=True)
    return Group(served, home, Talk(served, hass_ws_client), await people(served, FRONT))


def facts(visits: list[dict[str, Any]]) -> list[Facts]:
    return [(one["cameras"], one["kinds"]) for one in visits]


async def listed(group: Group, who: str, _visit: str) -> list[Facts]:
    return facts((await group.command(who, "visits/list"))["visits"])


async def listed_by_camera(group: Group, who: str, _visit: str) -> list[Facts]:
    return facts((await group.command(who, "visits/list", camera=FRONT))["visits"])


async def got(group: Group, who: str, visit: str) -> list[Facts]:
    return facts([(await group.command(who, "visits/get", visit_id=visit))["visit"]])


async def explained(group: Group, who: str, _visit: str) -> list[Facts]:
    return facts((await group.command(who, "explain", entity_id=FRONT))["visits"])


async def explained_by_action(group: Group, who: str, _visit: str) -> list[Facts]:
    answer = await ask(group.hass, "explain", group.context(who), entity_id=FRONT)
    return facts(answer["visits"])


async def listed_by_action(group: Group, who: str, _visit: str) -> list[Facts]:
    return facts((await ask(group.hass, "get_visits", group.context(who)))["visits"])


WAYS = (*(listed, listed_by_camera, got, explained, explained_by_action, listed_by_action),)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_of_a_visit_of_two_cameras_one_learns_what_those_within_rights_saw(
    group: Group, way: Callable[[Group, str, str], Awaitable[list[Facts]]]
) -> None:
    visit = await group.see()
    (own,) = group.home.entry.runtime_data.keeper._visits.open
    group.front.log.async_note(record(at=dt_util.utcnow(), alert_ids=(own,)))
    await group.hass.async_block_till_done()
    for who in (ADMIN, READ_ONLY):
        # Whom both cameras saw is there once.
        assert await way(group, who, visit) == [([BACK, FRONT], {"vehicle": 3, "person": 2})]
    assert await way(group, SOME, visit) == [([FRONT], {"person": 1})]


async def test_a_kind_is_found_at_the_camera_that_saw_it_and_at_no_other(group: Group) -> None:
    await group.see()

    async def vehicles(who: str, **data: Any) -> int:
        return len((await group.command(who, "visits/list", kind="vehicle", **data))["visits"])

    assert [await vehicles(ADMIN), await vehicles(ADMIN, camera=BACK)] == [1, 1]
    assert await vehicles(ADMIN, camera=FRONT) == 0
    assert [await vehicles(SOME), await vehicles(SOME, camera=FRONT)] == [0, 0]


async def test_what_only_another_camera_saw_is_in_no_list_and_on_no_page(group: Group) -> None:
    await group.home.see(Kind.PERSON, camera=1)
    await group.home.wait(QUIET)
    _, seen = await group.home.see(Kind.PERSON, camera=0)
    await group.home.wait(QUIET)
    await group.home.see(Kind.VEHICLE, camera=1)
    assert len((await group.command(ADMIN, "visits/list"))["visits"]) == 3
    page = await group.command(SOME, "visits/list", limit=1)
    assert [one["visit_id"] for one in page["visits"]] == [visit_id(seen)]
    assert page["cursor"] is None, "there is nothing more"
    (found,) = (await ask(group.hass, "get_visits", group.context(SOME)))["visits"]
    assert found["visit_id"] == visit_id(seen)


async def test_the_media_browser_names_what_cameras_within_rights_saw(group: Group) -> None:
    await group.see()
    front = group.front.settings.subentry_id
    folder = f"{ROOT}/{front}"
    whole, part = "3 vehicles, 2 people · Camera 1, Camera 0", "1 person · Camera 0"
    for who, title in ((ADMIN, whole), (SOME, part)):
        browser = group.browser(who)
        (day,) = (await browser.open(folder))["children"]
        (visit,) = (await browser.open(day["media_content_id"]))["children"]
        opened = await browser.open(visit["media_content_id"])
        found = await browser.search("people")
        titles = [visit["title"], opened["title"], *found]
        assert [one.partition(" · ")[2] for one in titles] == [title] * 3
    assert await group.browser(SOME).search("vehicle") == []
    assert await group.browser(ADMIN).search("vehicle", folder) == []
    assert len(await group.browser(ADMIN).search("vehicle")) == 1


async def test_assistants_tell_of_a_camera_what_it_saw_itself(group: Group) -> None:
    await group.see()
    both = (["Camera 1", "Camera 0"], {"vehicle": 3, "person": 2})
    own = (["Camera 0"], {"person": 1})
    assert await group.tool(ADMIN) == [both]
    assert await group.tool(ADMIN, camera="Camera 0") == [own]
    assert await group.tool(ADMIN, camera="Camera 0", kind="vehicle") == []
    assert await group.tool(SOME) == [own]
    assert await group.tool(SOME, kind="vehicle") == []
    said = await group.assist(ADMIN)
    assert "2 people" in said
    assert "3 vehicles" in said
    for who, slots in ((ADMIN, {"name": "Camera 0"}), (SOME, {})):
        said = await group.assist(who, **slots)
        assert said.startswith("1 person was seen at Camera 0"), said
        said = await group.assist(who, kind="vehicle", **slots)
        assert said.startswith("No vehicle was seen at Camera 0"), said


async def test_who_subscribes_hears_what_cameras_within_rights_see(group: Group) -> None:
    for who in (ADMIN, SOME):
        assert await group.command(who, "subscribe") is None
    await group.see()
    await group.home.wait(QUIET)

    async def heard(who: str) -> tuple[list[dict[str, Any]], set[str]]:
        """Return what was said until the visit was over, and of whose pictures."""
        client = await group.talk.client(group.people[who])
        said: list[dict[str, Any]] = []
        pictured = set[str]()
        while not said or said[-1]["type"] != "ended":
            ((what, told),) = (await client.receive_json())["event"].items()
            if what == "visit":
                said.append(told)
            else:
                assert what == "renewed"
                pictured.add(told["camera"])
        return said, pictured

    (whole, all_cameras), (part, its_camera) = await heard(ADMIN), await heard(SOME)
    assert (all_cameras, its_camera) == ({BACK, FRONT}, {FRONT})
    assert [one["type"] for one in whole] == ["started", "updated", "updated", "ended"]
    assert [one["new_kinds"] for one in whole] == [["vehicle"], ["person"], [], []]
    assert facts(whole[-1:]) == [([BACK, FRONT], {"vehicle": 3, "person": 2})]
    assert facts(part) == [([FRONT], {"person": 1})] * 2
    assert [one["new_kinds"] for one in part] == [["person"], []], "new to whoever listens"


async def test_visits_of_a_camera_whose_entity_is_gone_are_there_for_who_may_see_it(
    hass: HomeAssistant,
    home: WatchedHome,
    still_camera: PeerCamera,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "http", {})
    registry, persons = er.async_get(hass), await people(hass, "camera.another")
    entry = registry.async_get(FRONT)
    assert entry is not None
    home.entry = await enrol(hass, subentry(entry.id, MOTION))
    _, own = await home.see()
    registry.async_remove(FRONT)
    await hass.async_block_till_done()
    group = Group(hass, home, Talk(hass, hass_ws_client), persons)
    assert group.front.camera_entity_id is None
    name = group.front.source_entity_id
    visit = visit_id(own)
    for way in (listed, got, listed_by_action):
        assert await way(group, ADMIN, visit) == [([name], {"person": 1})]
    for way in (listed, listed_by_action):
        assert await way(group, SOME, visit) == []
    answer = await group.talk.ask(persons[SOME], f"{DOMAIN}/visits/get", visit_id=visit)
    assert answer["error"]["code"] == "unauthorized"

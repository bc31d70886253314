"""Whatever happens in whatever order, people are told as promised.

Hypothesis invents days: sightings, refusals, deliveries that reach, fail or end late, restarts, and
clocks that are set. ``Story`` keeps by itself what a visit is and what people heard of it; it never
asks ``visits.py``. What a reader would get wrong: the rules below do what the keeper of visits does
with the policy, so that what they assert is what people experience.
"""

from datetime import UTC, datetime, timedelta
import json
from typing import Any, Final

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from custom_components.camera_smart_alerts.alerts import Outcome
from custom_components.camera_smart_alerts.vision.datatypes import Kind
from custom_components.camera_smart_alerts.visit import Sighting, Subject, Visit
from custom_components.camera_smart_alerts.visits import LINGERS, Visits
from tests.story import Heard, Story

GROUPS: Final = {"front": "garden", "gate": "garden", "yard": "back"}
COOLDOWNS: Final = {
    "front": timedelta(minutes=2),
    "gate": timedelta(minutes=10),
    "yard": timedelta(hours=25),
}
SPEAKER: Final = "speaker:hall"
REFUSALS: Final = (Outcome.SILENCED, Outcome.QUIET_HOURS, Outcome.DETECT_ONLY)
SLACK: Final = timedelta(seconds=5)
QUIET: Final = timedelta(seconds=130)
WINDOW: Final = timedelta(seconds=60)


class Days(RuleBasedStateMachine):
    """What happens around three cameras."""

    def __init__(self) -> None:
        """Start at noon with nobody there."""
        super().__init__()
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.visits = Visits()
        self.stories: dict[str, Story] = {}
        self.over: set[str] = set()
        self.delivered: dict[tuple[str, Subject], datetime] = {}
        self.flights: list[Heard] = []

    @rule(seconds=st.sampled_from([0.5, 1, 4, 10, 14, 15, 20, 45, 60, 100, 129, 130, 300, 86405]))
    def time_passes(self, seconds: float) -> None:
        """Or the clock is set forward: nothing tells the two apart."""
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([1, 5, 6, 20, 3600, 86400 * 30]))
    def clock_is_set_back(self, seconds: float) -> None:
        """By little, as time servers do, or by a lot."""
        self.now -= timedelta(seconds=seconds)

    @rule(
        camera=st.sampled_from(list(GROUPS)),
        kind=st.sampled_from([*Kind, None]),
        count=st.integers(1, 3),
        quality=st.sampled_from([0.0, 0.2, 0.3, 0.5, 1.0]),
        permit=st.sampled_from([Outcome.ALERTED] * 5 + [*REFUSALS]),
        seconds=st.sampled_from([0, 0, 1, 14, 15, 59, 60, 100, 129, 130]),
    )
    def something_is_seen(self, seconds: float, **seen: Any) -> None:
        """After a while; check the one ruling on it, then tell people."""
        self.now += timedelta(seconds=seconds)
        sighting = Sighting(
            group=GROUPS[seen["camera"]], cooldown=COOLDOWNS[seen["camera"]], **seen
        )
        joined = self._joined(sighting)
        ruling = self.visits.see(sighting, self.now)
        story = self._story(ruling.visit, joined, begins=ruling.begins)
        story.last = story.seen = self.now
        story.cameras.add(sighting.camera)
        story.kinds[sighting.kind] = max(sighting.count, story.kinds.get(sighting.kind, 0))
        outcome = self._expected(story, sighting)
        assert ruling.outcome is outcome
        if outcome not in (Outcome.ALERTED, Outcome.UPDATED):
            assert not ruling.tell
            return
        story.fresh.append(sighting)
        if sighting.kind not in story.known:
            story.owed.add(sighting.kind)
        if outcome is Outcome.ALERTED:
            assert ruling.tell, "nobody knows of the visit"
        if ruling.tell:
            self._tell(story, sighting.camera, sighting.quality)
        else:
            assert not (story.owed and story.is_far(self.now)), "people could have been told"

    @rule(busy=st.sets(st.sampled_from(list(GROUPS)), max_size=1))
    def visits_are_looked_after(self, busy: set[str]) -> None:
        """Tell what waited, end what is over, as the keeper does every few seconds."""
        due = self.visits.due(self.now)
        assert len({visit.id for visit in due}) == len(due)
        for visit in due:
            story = self.stories[visit.id]
            assert story.fresh, "there was nothing new to tell"
            self._tell(story, visit.cameras[-1], min(one.quality for one in story.fresh))
        for story in self.stories.values():
            assert not (story.owed and story.is_far(self.now)), "people were not told in time"
        expected = set()
        for visit_id, story in self.stories.items():
            if story.cameras & busy and self.now - story.seen < LINGERS:
                story.last = self.now
            elif not -SLACK <= self.now - story.last < QUIET:
                expected.add(visit_id)
        ended = self.visits.expire(self.now, busy.__contains__)
        assert {visit.id for visit in ended} == expected
        assert len(ended) == len(expected)
        for visit in ended:
            assert visit.reached is self.stories[visit.id].reached
            self._end(visit.id)
            # Whoever was told hears how long it lasted.
            visit.revision += visit.reached

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def a_telling_reaches_somebody(self, data: st.DataObject) -> None:
        """However late: the visit may be over by then."""
        one = data.draw(st.sampled_from(self.flights))
        self.flights.remove(one)
        one.arrived = True
        self.visits.reached(one.visit, one.camera, self.now, one.kinds)
        self.delivered |= {(one.camera, kind): self.now for kind in one.kinds}
        if one.visit.id in self.stories:
            self.stories[one.visit.id].reached = True

    @precondition(lambda self: self._may_fail())
    @rule(data=st.data())
    def a_telling_reaches_nobody(self, data: st.DataObject) -> None:
        """Not before an older one of its visit has ended."""
        one = data.draw(st.sampled_from(self._may_fail()))
        self.flights.remove(one)
        one.stands = False
        story = self.stories.get(one.visit.id)
        if story is not None and one is story.heard[-1]:
            for other in story.heard:
                # Of what a restart interrupted nobody can say that it arrived.
                other.stands = other.arrived
            if one.visit.news:
                # Whatever waits takes along what nobody has heard of.
                story.owed |= one.kinds.keys() - story.known.keys()
        self.visits.failed(one.visit, one.revision)

    @precondition(lambda self: self.stories)
    @rule(data=st.data())
    def somebody_says_not_right(self, data: st.DataObject) -> None:
        """Nobody hears of it again."""
        visit_id = data.draw(st.sampled_from(list(self.stories)))
        self.visits.retract(visit_id)
        self._end(visit_id)

    @rule(lost=st.booleans())
    def home_assistant_restarts(self, lost: bool) -> None:
        """Read back what was written; tellings under way go on, or nobody knows what became."""
        rows = json.loads(json.dumps([one.as_dict() for one in self.visits.open.values()]))
        facts = json.loads(json.dumps(self.visits.as_dict()))
        before, self.visits = self.visits, Visits()
        self.visits.restore(facts, [Visit.from_dict(row) for row in rows])
        assert self.visits.open == before.open
        for story in self.stories.values():
            story.visit = self.visits.open[story.visit.id]
        for one in self.flights:
            one.visit = self.visits.open.get(one.visit.id, one.visit)
        if lost:
            self.flights = []

    @invariant()
    def exactly_the_visits_that_go_on_are_open(self) -> None:
        """None is lost, none comes back."""
        assert set(self.visits.open) == set(self.stories)
        for visit_id, story in self.stories.items():
            visit = self.visits.open[visit_id]
            assert visit.last_at == story.last
            assert set(visit.cameras) == story.cameras
            assert visit.kinds == story.kinds

    @invariant()
    def cooldowns_count_from_what_reached_somebody(self) -> None:
        """From nothing else."""
        assert self.visits.delivered == self.delivered

    def _joined(self, sighting: Sighting) -> list[str]:
        """Return the visits that a sighting may belong to."""

        def near(story: Story) -> bool:
            gap = self.now - story.last
            same, group = sighting.camera in story.cameras, sighting.group == story.visit.group
            return gap >= -SLACK and ((same and gap < QUIET) or (group and gap < WINDOW))

        found = [story for story in self.stories.values() if near(story)]
        last = max((story.last for story in found), default=None)
        return [story.visit.id for story in found if story.last == last]

    def _story(self, visit: Visit, joined: list[str], *, begins: bool) -> Story:
        if joined:
            assert not begins
            assert visit.id in joined
        else:
            assert begins
            assert visit.id not in self.stories
            assert visit.id not in self.over
            self.stories[visit.id] = Story(visit, self.now, self.now)
        return self.stories[visit.id]

    def _expected(self, story: Story, sighting: Sighting) -> Outcome:
        """Return the one ruling on a sighting."""
        if sighting.permit is not Outcome.ALERTED:
            return sighting.permit
        kind, camera = sighting.kind, sighting.camera
        if kind not in story.known and kind not in story.owed:
            last = self.delivered.get((camera, kind))
            if last is not None and last <= self.now < last + sighting.cooldown:
                return Outcome.COOLDOWN
        return Outcome.UPDATED if story.standing else Outcome.ALERTED

    def _tell(self, story: Story, camera: str, quality: float) -> None:
        """Do what the keeper does; check that it is due, new, and with sound only once."""
        visit, standing = story.visit, story.standing
        audience = {f"phone:{camera}"} | ({SPEAKER} if not visit.told_to else set())
        with_sound = audience - set(visit.told_to)
        visit.told_to = visit.told_to | dict.fromkeys(with_sound, camera)
        if standing:
            assert story.is_far(self.now), "too soon"
            assert story.has_news(), "nothing new"
            assert not with_sound & set().union(*(one.targets for one in standing)), "sound again"
            assert SPEAKER not in with_sound
        else:
            assert with_sound == {f"phone:{camera}", SPEAKER}, "told anew without sound"
        told = dict(visit.told)
        assert told.keys() == story.known.keys() | story.owed, "untold, or not to be told"
        assert all(count == story.kinds[kind] for kind, count in told.items())
        assert visit.revision > max((one.revision for one in story.heard), default=0)
        cameras = {one.camera for one in story.fresh}
        one = Heard(
            visit, camera, self.now, told, set(visit.told_to), cameras, quality, visit.revision
        )
        story.heard.append(one)
        story.fresh, story.owed = [], set()
        self.flights.append(one)

    def _end(self, visit_id: str) -> None:
        assert visit_id not in self.over
        self.over.add(visit_id)
        del self.stories[visit_id]

    def _may_fail(self) -> list[Heard]:
        oldest: dict[str, Heard] = {}
        for one in self.flights:
            oldest.setdefault(one.visit.id, one)
        return list(oldest.values())


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=400,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

"""The register of loudspeakers, on both databases."""

from datetime import timedelta

import pytest

from knowledge_base.store import Store
from knowledge_base.warnings.speaker_registry import (
    BadSpeaker,
    NewSpeaker,
    NoSuchSpeaker,
    Sign,
    SpeakerRefused,
    SpeakerRegistry,
    SpeakerTaken,
)
from tests.conftest import NOW

VILLAGE = "510104021001"


def register(store: Store) -> SpeakerRegistry:
    return SpeakerRegistry(store, lambda: NOW)


async def refusal(registry: SpeakerRegistry, speaker: str, key: str) -> str:
    with pytest.raises(SpeakerRefused) as refused:
        await registry.check(speaker, key)
    return refused.value.reason


async def test_a_key_opens_for_its_own_device_only(any_store: Store) -> None:
    registry = register(any_store)
    east = await registry.add("east", VILLAGE, "村东头", (30.6, 104.1), 80)
    west = await registry.add("west", VILLAGE, "村西头")
    found = await registry.check("east", east)
    assert (found.id, found.village, found.volume_limit, found.latitude) == ("east", VILLAGE, 80, 30.6)
    assert await refusal(registry, "east", west) == "foreign"
    assert await refusal(registry, "east", "") == "wrong"
    assert await refusal(registry, "nobody", east) == "unknown"
    assert {one.id: one.refusals for one in await registry.all()} == {"east": 2, "west": 0}


async def test_a_renewed_key_voids_the_one_before(any_store: Store) -> None:
    registry = register(any_store)
    old = await registry.add("east", VILLAGE, "村东头")
    new = await registry.renew("east")
    assert old != new
    assert (await registry.check("east", new)).id == "east"
    assert await refusal(registry, "east", old) == "renewed"
    await registry.renew("east")
    assert await refusal(registry, "east", new) == "renewed"
    assert await refusal(registry, "east", old) == "wrong"


async def test_who_is_shut_out_stays_out_until_let_in(any_store: Store) -> None:
    registry = register(any_store)
    key = await registry.add("east", VILLAGE, "村东头")
    await registry.disable("east")
    assert await refusal(registry, "east", key) == "disabled"
    assert "east" not in await registry.broker_passwords()
    await registry.disable("east", disabled=False)
    assert (await registry.check("east", key)).id == "east"


async def test_no_key_is_kept(any_store: Store) -> None:
    registry = register(any_store)
    key = await registry.add("east", VILLAGE, "村东头")
    (line,) = (await registry.broker_passwords()).splitlines()
    assert line.startswith("east:$7$")
    assert key not in line


@pytest.mark.parametrize(
    "wrong",
    [
        {"speaker": "../x"},
        {"speaker": "a/b"},
        {"speaker": "+"},
        {"speaker": ""},
        {"speaker": "x" * 41},
        {"village": "5101"},
        {"village": "51010402100x"},
        {"name": ""},
        {"position": (91.0, 0.0)},
        {"position": (0.0, 181.0)},
        {"volume_limit": 101},
    ],
)
async def test_what_does_not_fit_is_refused(store: Store, wrong: dict[str, object]) -> None:
    given: dict[str, object] = {"speaker": "east", "village": VILLAGE, "name": "村东头"}
    with pytest.raises(BadSpeaker):
        await register(store).add(**(given | wrong))  # type: ignore[arg-type]
    assert await register(store).all() == []


async def test_an_id_is_given_once(any_store: Store) -> None:
    registry = register(any_store)
    await registry.add("east", VILLAGE, "村东头")
    with pytest.raises(SpeakerTaken):
        await registry.add("east", VILLAGE, "另一个")
    with pytest.raises(SpeakerTaken):
        await registry.add_all([NewSpeaker("north", VILLAGE, "北"), NewSpeaker("east", VILLAGE, "东")])
    with pytest.raises(SpeakerTaken):
        await registry.add_all([NewSpeaker("north", VILLAGE, "北"), NewSpeaker("north", VILLAGE, "北")])
    assert [one.id for one in await registry.all()] == ["east"]
    for work in (registry.renew("west"), registry.disable("west")):
        with pytest.raises(NoSuchSpeaker):
            await work


async def test_signs_of_life_are_kept_and_say_who_is_lost(any_store: Store) -> None:
    registry = register(any_store)
    await registry.add("east", VILLAGE, "村东头")
    await registry.heard({"east": Sign(NOW, firmware="2.1", volume=70), "nobody": Sign(NOW)})
    await registry.heard({"east": Sign(NOW + timedelta(minutes=1), lost=True)})
    (east,) = await registry.all()
    assert (east.last_seen, east.lost_at) == (NOW, NOW + timedelta(minutes=1))
    assert (east.firmware, east.volume) == ("2.1", 70)
    await registry.heard({"east": Sign(NOW + timedelta(minutes=2))})
    (east,) = await registry.all()
    assert (east.last_seen, east.lost_at, east.firmware) == (NOW + timedelta(minutes=2), None, "2.1")


async def test_devices_are_counted_by_state(any_store: Store) -> None:
    now = NOW
    registry = SpeakerRegistry(any_store, lambda: now)
    await registry.add_all([NewSpeaker(name, VILLAGE, name) for name in ("east", "west", "north", "south")])
    await registry.heard({"east": Sign(NOW), "west": Sign(NOW), "north": Sign(NOW)})
    await registry.heard({"north": Sign(NOW, lost=True)})
    await registry.disable("west")
    assert await registry.counts() == {"heard": 1, "silent": 2, "disabled": 1}
    now = NOW + timedelta(minutes=5)
    assert await registry.counts() == {"heard": 0, "silent": 3, "disabled": 1}

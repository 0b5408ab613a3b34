"""The county's side of a soak: operators who answer offers, an officer on duty, and the office that warns."""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from xml.sax.saxutils import escape

import httpx

from dialogs.booking.links import Links
from dialogs.booking.register import MachineCard, Price, ProviderCard, Register
from knowledge_base.store import Store
from knowledge_base.warnings.models import OfficerRow, Role
from tests.soak.farmer import Farmer
from tests.soak.material import sayings
from tests.soak.tally import Tally
from tests.soak.visitor import Json, Unanswered, Visitor

COUNTY = "411424"
MACHINES = {"combine": ("harvest",), "tractor": ("plough", "rotary_till")}
CAPACITY = Decimal(400)
"""亩 a day of each machine: enough for a run of a day."""
WARNED_WITHIN = 60.0
"""Seconds until a red or orange warning must have reached whoever's page is open; two cores are shared with much else."""
_CAP = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>soak-{identifier}</identifier><sender>{sender}</sender>
<sent>{sent}</sent><status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>{references}<info>
<language>zh-CN</language><category>Met</category><event>{event}</event><urgency>Immediate</urgency>
<severity>{severity}</severity><certainty>Likely</certainty><expires>{expires}</expires>
<headline>{headline}</headline><description>{description}</description><instruction>{instruction}</instruction>
<area><areaDesc>{area}</areaDesc><geocode><valueName>行政区划代码</valueName><value>{code}</value></geocode></area>
</info></alert>"""
_SHANGHAI = timedelta(hours=8)


class Operator:
    """Somebody with machines; takes most of what is offered."""

    def __init__(self, visitor: Visitor, random: Random, tally: Tally) -> None:
        self._visitor = visitor
        self._random = random
        self._tally = tally
        visitor.pushed = self._told

    async def begin(self, code: str) -> None:
        """Come, and link the chat with the register."""
        await self._visitor.load()
        await self._visitor.say("typed", type="text", text=sayings().bind.format(code=code))

    async def _told(self, reply: Json) -> None:
        labels = {choice["label"]: choice["id"] for choice in reply["choices"]}
        wish = sayings().accept if self._random.random() < 0.8 else sayings().decline
        if sayings().accept not in labels:
            return
        await asyncio.sleep(self._random.random() * 5)
        try:
            await self._visitor.say("button", type="choice", choice=labels[wish])
            self._tally.events["accepted" if wish == sayings().accept else "declined"] += 1
        except Unanswered as fault:
            if self._visitor.here:
                self._tally.fault(f"operator: {fault}")


async def staff(url: str, visitors: Callable[[], Visitor], random: Random, tally: Tally) -> list[Visitor]:
    """Register operators and an officer in a running system's database; their pages are open afterwards."""

    def now() -> datetime:
        return datetime.now(UTC)

    store = Store(url)
    register, links, here = Register(store, now), Links(store, now), []
    try:
        for name in sayings().operators:
            card = ProviderCard(kind="operator", name=name, place=COUNTY, areas=(COUNTY,))
            provider = await register.put_provider(card)
            for kind, services in MACHINES.items():
                prices = tuple(Price(service=service, price_mu=Decimal(60)) for service in services)
                machine = MachineCard(kind=kind, name=f"{name}{kind}", capacity_mu=CAPACITY, prices=prices)
                await register.put_machine(provider, machine)
            here.append(visitors())
            await Operator(here[-1], Random(random.getrandbits(64)), tally).begin(await links.code(provider))
        officer = visitors()
        await officer.load()
        here.append(officer)
        async with store.session() as session:
            session.add(
                OfficerRow(role=Role.DUTY, place=COUNTY, channel="web", user=officer.user, shown=sayings().officer)
            )
    finally:
        await store.close()
    return here


class Office:
    """Warns of something, and calls it off again."""

    def __init__(self, http: httpx.AsyncClient, key: str, random: Random, tally: Tally) -> None:
        self._http = http
        self._key = key
        self._random = random
        self._tally = tally
        self._number = 10_000
        self._before = ""

    async def warn(self, there: Callable[[], Collection[Farmer]]) -> None:
        """One warning to the county; it must reach all who asked for it and are there all the time."""
        self._number += 1
        words, number = sayings().warning, self._number
        colour = self._random.choice(list(words.colours))
        event = self._random.choice(words.events)
        concerned = {farmer for farmer in there() if farmer.subscribed and farmer.here}
        if not await self._post(number, event, colour, cancels=False):
            return
        waited = 0.0
        while concerned and waited < WARNED_WITHIN:
            await asyncio.sleep(1)
            waited += 1
            present = set(there())
            concerned = {one for one in concerned & present if one.subscribed and str(number) not in one.warned}
        missed = [farmer for farmer in concerned if farmer.here]
        self._tally.events["warnings told to all"] += not missed
        if missed:
            self._tally.fault(f"a warning did not reach {len(missed)} whose page is open")
        await self._post(number, event, colour, cancels=True)

    async def stranger(self) -> None:
        """Somebody without the key warns, and is refused."""
        answer = await self._http.post("/warnings", content=b"<alert/>", headers={"Authorization": "Bearer no"})
        if answer.status_code != 401:
            self._tally.fault(f"a warning without the key: {answer.status_code}")

    async def _post(self, number: int, event: str, colour: str, *, cancels: bool) -> bool:
        words, now = sayings().warning, datetime.now(UTC) + _SHANGHAI
        sent = f"{now:%Y-%m-%dT%H:%M:%S}+08:00"
        references = ""
        if cancels:
            references = f"<references>{words.sender},soak-{number},{self._before}</references>"
        else:
            self._before = sent
        fields = {
            "identifier": f"{number}{'-over' if cancels else ''}",
            "sender": words.sender,
            "sent": sent,
            "kind": "Cancel" if cancels else "Alert",
            "event": event,
            "severity": words.colours[colour],
            "expires": f"{now + timedelta(minutes=20):%Y-%m-%dT%H:%M:%S}+08:00",
            "headline": (words.over if cancels else words.headline).format(event=event, colour=colour),
            "description": words.description.format(event=event, number=number),
            "instruction": words.instruction,
            "area": words.area,
            "code": COUNTY,
        }
        body = _CAP.format(references=references, **{name: escape(value) for name, value in fields.items()})
        try:
            answer = await self._http.post(
                "/warnings", content=body.encode(), headers={"Authorization": f"Bearer {self._key}"}, timeout=60
            )
        except httpx.HTTPError as fault:
            self._tally.fault(f"a warning: {type(fault).__name__}")
            return False
        if answer.status_code != 202:
            self._tally.fault(f"a warning: {answer.status_code} {answer.json().get('reason', '')}")
            return False
        self._tally.events["called off" if cancels else "warned"] += 1
        return True

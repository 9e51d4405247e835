"""Sends heartbeats the whole way of a report, and tells who watches them when none comes back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from models.domain.notifying.desk import Notice, notification_id
from models.domain.notifying.groups import Key
from models.domain.notifying.heartbeats import Beat, Pulse, beat
from models.domain.notifying.why import Why
from schemas.alert import Alert
from schemas.incident import Traffic
from schemas.segment import Segment
from services import records
from services.ledger.database import reading, writing
from services.ledger.follow import patiently
from services.notifier import outbox, pulses
from services.notifier.beats import event, incident_id, reports, way
from services.notifier.store import Store, keep_transition
from services.notifier.wire import Publisher

LOOK_S = 1.0
"""How often it is looked whether something is to be done [s]."""

PUBLISH_S = 10.0
"""How long the broker may take to accept a heartbeat [s]; until it does, none can come back."""

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


class Heart:
    """Does what is to be done about heartbeats, as time passes."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        segment: Segment,
        partitions: int,
        clock: Clock,
    ) -> None:
        self._store, self._publisher = store, publisher
        self._segment, self._partitions, self._clock = segment, partitions, clock

    async def beat_on(self, told: Callable[[], None]) -> None:
        """Send and tell for ever; ``told`` is called when there is something to send."""
        while True:
            if await self.step():
                told()
            await asyncio.sleep(LOOK_S)

    async def step(self) -> bool:
        """Do what is to be done now; return whether the receivers are to be told of something."""
        config, moment = self._store.setup.config, self._clock()
        pulse = await patiently(self._pulse)
        action = beat(pulse, moment, config.heartbeat_every, config.heartbeat_patience)
        if action is Beat.SEND:
            await self._send(moment)
        elif action is not Beat.WAIT:
            await patiently(self._tell, action, moment)
            return True
        return False

    def _pulse(self) -> Pulse:
        with reading(self._store.engine) as connection:
            return pulses.load(connection)

    def _noted(self, moment: datetime) -> tuple[Pulse, Pulse]:
        """Note that a heartbeat is sent; return the pulse before and after."""
        with writing(self._store.engine) as connection:
            before = pulses.load(connection)
            name = incident_id(self._segment, moment, self._partitions)
            after = before.sent(name, moment)
            pulses.save(connection, after)
        return before, after

    async def _send(self, moment: datetime) -> None:
        # Noted first: one that a crash kept from the log is missed, like one that got lost.
        before, after = await patiently(self._noted, moment)
        try:
            async with asyncio.timeout(PUBLISH_S):
                for incident in reports(before, after, self._segment, moment):
                    await self._publisher.publish(records.incident(event(incident, moment)))
        except Exception as error:
            log.warning("heartbeat not sent", why=type(error).__name__)

    def _tell(self, action: Beat, moment: datetime) -> None:
        with writing(self._store.engine) as connection:
            pulse = pulses.load(connection)
            broken = action is Beat.TELL_BROKEN
            since = (pulse.waiting_since if broken else pulse.broken_since) or moment
            alert = way(self._segment, since, moment, broken=broken)
            keep_transition(connection, alert, records.alert(alert).value)
            for receiver in self._store.setup.watching:
                self._put(connection, receiver, alert, moment)
            broken_since = since if broken else None
            pulses.save(connection, replace(pulse, broken_since=broken_since))
        log.warning("heartbeats", way="broken" if broken else "open", since=since.isoformat())

    def _put(self, connection: Connection, receiver: str, alert: Alert, moment: datetime) -> None:
        labels = (("segment_id", alert.segment_id),)
        key = Key("heartbeat-way", receiver, Traffic.HEARTBEAT, labels)
        shows = ((alert.alert_id, alert.sequence),)
        notice = Notice(notification_id(key, shows), key, shows, shows, Why.AT_ONCE)
        outbox.add(connection, notice, self._store.setup.channels[receiver], moment)

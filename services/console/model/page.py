"""The page of the model: what serves, how good it is, and how what it says now compares."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from nicegui import ui

from models.escalation.artifact import Manifest
from models.escalation.labels import ALERTING
from services import composition
from services.console import chart
from services.console.ages import moment
from services.console.board import Board
from services.console.chart import percent
from services.console.entering import entering
from services.console.frame import page
from services.console.looking import Looking
from services.console.model import figures
from services.console.model.live import LABELS, compared, live, versions
from services.console.model.reliability import reliability
from services.console.room import Room
from services.console.words import Words
from services.console.writing import fact, heading, service_words
from services.gateway.asking.model import Card, ModelTold, told
from services.settings import Settings

Read = tuple[Board, ModelTold, Manifest | None]
"""Where all stands, the model that serves, and its manifest where that can be read."""


def add(room: Room) -> None:
    """Add the page."""

    looks = entering(room)

    # Read before the page is made, which may take three seconds and no more.
    async def read(at: Annotated[Looking, Depends(looks)]) -> Read:
        board = await room.board(at.view)
        return board, *await room.read(_read, room.parts.settings)

    @ui.page("/model")
    def model(
        at: Annotated[Looking, Depends(looks)], known: Annotated[Read, Depends(read)]
    ) -> None:
        (board, serves, manifest), words = known, at.words
        with page(at, "model", words("model.title")):
            if at.view.as_of is not None:
                ui.label(words("model.then")).classes("quiet")
            if serves.fault is not None:
                ui.label(words("state.failed", why=serves.fault)).props("role=alert")
            with ui.element("div").classes("split"):
                with ui.element("section").classes("part stack"):
                    _serving(words, serves)
                with ui.element("section").classes("part stack"):
                    _thresholds(words, serves)
            if serves.card is not None:
                _card(words, serves.card)
            else:
                _validation(words, serves)
            when = moment(room.moment(at.view, board.heard))
            _live(words, board, manifest, when)


def _read(settings: Settings) -> tuple[ModelTold, Manifest | None]:
    chosen = composition.choice(settings)
    return told(settings), composition.manifest(settings, chosen.serves)[1]


def _serving(words: Words, serves: ModelTold) -> None:
    heading(words("model.serves"))
    with ui.element("dl").classes("facts"):
        fact(words("model.version"), serves.serves)
        fact(words("model.shadow"), serves.shadow or words("model.no_shadow"))
        if serves.trained_from and serves.trained_to:
            fact(words("model.trained"), f"{serves.trained_from} - {serves.trained_to}")
        if serves.features:
            fact(words("model.features"), f"{len(serves.features)}")
        if serves.held_out_borders:
            fact(words("model.held_out"), ", ".join(serves.held_out_borders))
        if serves.data_licence:
            fact(words("model.data"), serves.data_licence)
        if serves.libraries:
            made = ", ".join(f"{name} {version}" for name, version in serves.libraries.items())
            fact(words("model.libraries"), made)


def _thresholds(words: Words, serves: ModelTold) -> None:
    heading(words("model.thresholds"))
    if not serves.thresholds:
        ui.label(words("model.not_known"))
        return
    with ui.element("dl").classes("facts"):
        for level, begins in serves.thresholds.items():
            fact(words(f"level.{level}"), percent(begins))
    ui.label(words("model.ladder_too")).classes("quiet")


def _card(words: Words, card: Card) -> None:
    """Write how good the forecasts were in years that the model had not seen."""
    made = card.protocol
    with ui.element("section").classes("part"):
        heading(words("model.quality"))
        ui.label(
            words(
                "model.protocol", file=made.data_file, first=made.first_day, last=made.last_day,
                refits=len(made.refits), draws=made.draws,
            )
        ).classes("quiet")  # fmt: skip
        chart.table(words("model.quality"), *figures.quality(words, card.labels))
        ui.label(words("model.reading")).classes("quiet")
    alerting = next((one for one in card.labels if one.label == ALERTING), None)
    if alerting is not None:
        with ui.element("section").classes("part"):
            heading(words("model.alarms"))
            chart.table(words("model.alarms"), *figures.alarms(words, alerting))
    with ui.element("section").classes("part"):
        heading(words("reliability_plot.title"))
        ui.label(words("reliability_plot.reading")).classes("quiet")
        with ui.element("div").classes("charts"):
            for one in card.labels:
                with ui.element("div"):
                    heading(words(f"probability.{one.label}"), 3)
                    chart.show(words, reliability(words, one))
    with ui.element("section").classes("part"):
        heading(words("model.baselines"))
        ui.label(words("model.gain_reading")).classes("quiet")
        with ui.element("div").classes("charts"):
            for one in card.labels:
                with ui.element("div"):
                    name = words(f"probability.{one.label}")
                    heading(name, 3)
                    chart.table(name, *figures.baselines(words, one))


def _validation(words: Words, serves: ModelTold) -> None:
    """Write what is known of a model that did not come with the build."""
    with ui.element("section").classes("part"):
        heading(words("model.quality"))
        ui.label(words("model.no_card"))
        if serves.validation:
            columns, rows = figures.validation(words, serves.validation)
            chart.table(words("model.quality"), columns, rows)


def _live(words: Words, board: Board, manifest: Manifest | None, when: str) -> None:
    """Write what stands now beside what the model was trained on, and where a verdict is had."""
    with ui.element("section").classes("part"):
        heading(words("live.title"))
        ui.label(words("live.reading", at=when)).classes("quiet")
        _versions(words, list(versions(board.levels).items()))
        if manifest is None or manifest.reference is None:
            ui.label(words("live.no_reference"))
        else:
            version = manifest.version
            own = [stands for stands in board.levels.values() if stands.model_version == version]
            if own:
                scores = manifest.reference.scores
                found = [live(label, scores[label], own) for label in LABELS if label in scores]
                if any(one.few for one in found):
                    ui.label(words("live.few", n=len(own))).classes("why")
                with ui.element("div").classes("charts"):
                    for one in found:
                        with ui.element("div"):
                            heading(words(f"probability.{one.label}"), 3)
                            chart.show(words, compared(words, one))
            else:
                ui.label(words("live.nothing", version=version))
        heading(words("live.verdict"), 3)
        ui.label(words("live.verdict_help"))
        service_words(words, "forewarn model health", "command")


def _versions(words: Words, found: Sequence[tuple[str, int]]) -> None:
    if found:
        stands = "; ".join(words("live.version", version=v, n=n) for v, n in found)
        ui.label(words("live.versions", found=stands))

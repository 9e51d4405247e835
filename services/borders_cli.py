"""``forewarn segments``: list and cut the segments of the borders."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.options import writable
from services.settings import Settings
from services.terminal import Terminal

app = typer.Typer(
    help="The segments of the borders.\n\nExample: FOREWARN_BORDERS=KGZ-TJK forewarn segments list",
    no_args_is_help=True,
)
console = Terminal()


@app.command("list")
def segments_list() -> None:
    """Show the segments that the settings watch.

    Example: FOREWARN_BORDERS=KGZ-TJK forewarn segments list
    """
    from services.borders import load_segments

    settings = Settings()
    table = Table("segment", "border", "drawn km", "neighbours")
    for s in load_segments(settings.borders, settings.segment_km):
        table.add_row(s.segment_id, s.border_id, f"{s.drawn_km:.1f}", ", ".join(s.neighbours))
    console.print(table)


@app.command("build")
def segments_build(
    countries: Annotated[
        str | None, typer.Option(help="ISO codes, e.g. KGZ,TJK: all borders between them.")
    ] = None,
    world: Annotated[bool, typer.Option("--world", help="Every land border.")] = False,
    length_km: Annotated[int, typer.Option(min=5, max=500, help="Length to cut to [km].")] = 50,
    output: Annotated[Path | None, writable("Default: standard output.")] = None,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="First make the borders anew from Natural Earth.")
    ] = False,
    source: Annotated[
        Path | None, typer.Option(help="For --redraw: countries-10m.json; default: from npm.")
    ] = None,
) -> None:
    """Cut borders into segments and write them as GeoJSON.

    Example: forewarn segments build --countries KGZ,TJK --length-km 50 --output kgz-tjk.geojson
    """
    from services import borders

    if redraw:
        console.print(f"wrote {borders.redraw(source)}")
    if world == bool(countries):
        raise typer.BadParameter("give either --countries, e.g. --countries KGZ,TJK, or --world")
    chosen = borders.between(countries.split(",")) if countries else None
    segments = borders.load_segments(chosen, length_km)
    text = json.dumps(borders.as_geojson(segments)) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text)
    total = sum(s.drawn_km for s in segments)
    console.print(f"{len(segments)} segments, {total:,.0f} km as drawn, in {output}")

"""Which columns of each dataset become which fields of an incident, in words for the page."""

from dataclasses import dataclass

from services.importers.gdelt import (
    CREDIBILITY,
    CREDIBILITY_REPEATED,
    RELIABILITY,
    REPEATED_MENTIONS,
    REPEATED_SOURCES,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an incident: the columns that it is read from, and what is chosen."""

    name: str
    columns: tuple[str, ...]
    choice: str


UCDP = (
    Field("incident_id, revision", ("id",), "`UCDP-GED-<id>`, revision 1"),
    Field(
        "event time",
        ("date_end",),
        "the day after it, 00:00 UTC: GED has no report time; with `--released`, that day for all",
    ),
    Field("status", ("code_status",), "`reported` when unclear, else `confirmed`"),
    Field(
        "occurred",
        ("date_start", "date_end", "date_prec"),
        "days from 00:00 UTC; `end` only when it is another day",
    ),
    Field("event_type, sub_event_type", ("type_of_violence",), "by the table below"),
    Field(
        "place.name",
        ("where_coordinates", "where_description", "adm_2", "adm_1", "country"),
        "the first that is filled",
    ),
    Field("place", ("latitude", "longitude", "where_prec"), "degrees; precision as below"),
    Field(
        "place.countries",
        ("iso3", "country"),
        "the ISO code; empty when the name is not known to ISO",
    ),
    Field("actors", ("side_a", "side_b"), "one each"),
    Field("fatalities", ("low", "best", "high"), "an empty cell is unknown, never 0"),
    Field(
        "fatalities.claims",
        ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"),
        "UCDP's count of each side",
    ),
    Field("summary", ("dyad_name", "conflict_name"), "and where"),
    Field(
        "sources",
        ("event_clarity", "number_of_sources", "source_office"),
        "reliability B; credibility 1 when clear and of several sources, 2 when clear, 3 when not",
    ),
    Field("native", ("id", "relid"), "UCDP's id and code"),
)

ACLED = (
    Field(
        "incident_id",
        ("event_id_cnty",),
        "`ACLED-<event_id_cnty>`, which stays the same from upload to upload",
    ),
    Field(
        "revision, event time",
        ("timestamp",),
        "the hours from 1970 to the upload; the upload itself. A list of deleted events: the hour "
        "after `deleted_timestamp`",
    ),
    Field(
        "occurred",
        ("event_date", "time_precision"),
        "the day from 00:00 UTC, as `2024-05-01` or `01 May 2024`; precision as below",
    ),
    Field(
        "event_type, sub_event_type",
        ("event_type", "sub_event_type"),
        "ACLED's own words; the sub-event decides, and a type to which it does not belong is named",
    ),
    Field(
        "place.name",
        ("location", "admin3", "admin2", "admin1", "country"),
        "the first that is filled",
    ),
    Field(
        "place",
        ("latitude", "longitude", "geo_precision"),
        "degrees; precision as below",
    ),
    Field("place.countries", ("iso", "country"), "ISO's letters of the number, else of the name"),
    Field(
        "actors",
        ("actor1", "assoc_actor_1", "actor2", "assoc_actor_2"),
        "one each, associated ones apart at `;`",
    ),
    Field(
        "fatalities.best",
        ("fatalities",),
        "0 becomes unknown: ACLED writes it where nobody died and where no report speaks of it",
    ),
    Field("summary", ("notes",), "whole, else the sub-event and where"),
    Field(
        "sources",
        ("source",),
        "reliability B; credibility 2 when it names several sources, else 3",
    ),
    Field("native", ("event_id_cnty", "sub_event_type"), "ACLED's id and code"),
)

GDELT = (
    Field("incident_id, revision", ("GLOBALEVENTID",), "`GDELT-<GLOBALEVENTID>`, revision 1"),
    Field("event time", ("DATEADDED",), "when GDELT added it"),
    Field("occurred", ("SQLDATE",), "the day from 00:00 UTC"),
    Field(
        "event_type, sub_event_type",
        ("EventCode", "EventRootCode"),
        "by the table of CAMEO below; a leading zero that a table of numbers lost is put back",
    ),
    Field(
        "place",
        ("ActionGeo_FullName", "ActionGeo_Lat", "ActionGeo_Long", "ActionGeo_Type"),
        "degrees; precision as below; a row without a place is left out",
    ),
    Field(
        "place.countries",
        ("ActionGeo_CountryCode",),
        "ISO's code of FIPS 10-4's; empty when there is none",
    ),
    Field(
        "actors",
        ("Actor1Name", "Actor1CountryCode", "Actor2Name", "Actor2CountryCode"),
        "those that are named, with their country as side",
    ),
    Field("fatalities", (), "unknown: GDELT codes none"),
    Field(
        "sources",
        ("SOURCEURL", "NumMentions", "NumSources"),
        f"the article, classified; reliability {RELIABILITY}; credibility {CREDIBILITY_REPEATED} "
        f"from {REPEATED_MENTIONS} mentions in {REPEATED_SOURCES} sources on, else {CREDIBILITY}",
    ),
    Field(
        "summary",
        ("GoldsteinScale",),
        "actors, code, place, mentions; the scale follows from the code, and grades nothing",
    ),
    Field("native", ("GLOBALEVENTID", "EventCode"), "GDELT's id and CAMEO's code"),
)

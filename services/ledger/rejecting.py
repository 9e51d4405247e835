"""Which rejections are of which records: the clause by which every query puts them together."""

from sqlalchemy import ColumnElement, FromClause, and_

from schemas.topics import Topic


def rejects(no: FromClause, said: FromClause, topic: Topic) -> ColumnElement[bool]:
    """Tell which rejections, or an alias of them, are of which records of ``topic``."""
    return and_(
        no.c.source_topic == topic.name,
        no.c.source_partition == said.c.partition,
        no.c.source_offset == said.c.offset,
    )

"""Puts what is generated between the two marks of a page that is otherwise written by hand."""


class NoPlace(ValueError):
    """The page has no place for what is generated."""


def filled(text: str, page: str, what: str, content: str) -> str:
    """Return the text of ``page`` with ``content`` where ``what`` belongs.

    Raises
    ------
    NoPlace
        A mark is missing.
    """
    begin, end = f"<!-- {what}: written by make schemas -->", f"<!-- end of {what} -->"
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        msg = f"{page}: the {what} have no place; expected the lines {begin} and {end}"
        raise NoPlace(msg)
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"

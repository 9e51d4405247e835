"""What text XML can hold."""

import re

# What XML 1.0 cannot hold, however it is written (section 2.2, Char).
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def writable(text: str) -> str:
    """Return ``text`` with a sign in place of each character that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

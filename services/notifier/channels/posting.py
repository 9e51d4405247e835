"""Posts over HTTP, and says what came of it in words without addresses, secrets or foreign text."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from pydantic import SecretStr

from services.moments import Clock, utc_now
from services.notifier.channels.reachable import Refused, open_public
from services.notifier.notification import Delivered, TryAgain

LONGEST_WAIT = timedelta(hours=1)
"""How long a receiver can make us wait at most: an alert is of no use much later."""

BODY_LIMIT = 16_384
"""How much of an answer's body is read [bytes]: enough to use the connection again as a rule."""

USER_AGENT = "forewarn"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered: its status, and how long it asks to wait, at most an hour."""

    status: int
    wait: timedelta | None = None

    @property
    def refuses_content(self) -> bool:
        """Whether it is what was posted that is refused: another message may well be taken."""
        return self.status in (400, 413, 415, 422)

    def outcome(self) -> Delivered | TryAgain:
        """Return delivered for 2xx alone."""
        if 200 <= self.status < 300:
            return Delivered()
        named = self.status in set(HTTPStatus)
        words = f" {HTTPStatus(self.status).phrase}" if named else ""
        redirect = "; redirects are not followed" if 300 <= self.status < 400 else ""
        return TryAgain(f"the receiver answered {self.status}{words}{redirect}", self.wait)


class Poster:
    """One address to post to. Its connections are opened with the first post.

    Parameters
    ----------
    bearer
        Sent as ``Authorization: Bearer``.
    allow_private
        Post to addresses that are not on the public internet, too.
    """

    def __init__(
        self,
        url: SecretStr,
        *,
        timeout: timedelta,
        allow_private: bool,
        bearer: SecretStr | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._allow_private = allow_private
        self._bearer = bearer
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer | TryAgain:
        """Post ``body``; return what was answered, or why there is no answer.

        What a receiver writes, and what a library says of an error, may repeat a secret or the
        address. Neither is told on.
        """
        try:
            async with self._opened().post(
                self._url.get_secret_value(),
                data=body,
                headers=dict(headers) | self._authorization(),
                allow_redirects=False,
            ) as response:
                wait = waits(response.headers.get("Retry-After"), self._clock())
                answer = Answer(response.status, wait)
                await _drain(response)
                return answer
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return TryAgain(_why(error))

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                # The authorities of the system, or of SSL_CERT_FILE, as they are at the first post.
                ssl=ssl.create_default_context(),
                socket_factory=None if self._allow_private else open_public,
            )
            # No proxy of the environment: it would be what is connected to, whatever lies behind.
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"User-Agent": USER_AGENT},
            )
        return self._session

    def _authorization(self) -> dict[str, str]:
        bearer = self._bearer
        return {"Authorization": f"Bearer {bearer.get_secret_value()}"} if bearer else {}


def waits(retry_after: str | None, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` asks to wait, in seconds or until a date.

    It is never negative, and an hour at most; what cannot be read (RFC 9110, section 10.2.3) is as
    if it were not there.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        # More digits than that are more than the longest wait, and may be more than can be held.
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_WAIT)


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a short rest of the answer, so that its connection can be used again; drop a long one.

    The status has decided already: a body that breaks off or never ends changes nothing.
    """
    try:
        async with asyncio.timeout(1):
            await response.content.readexactly(BODY_LIMIT)
    except asyncio.IncompleteReadError:
        return
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    response.close()


def _why(error: Exception) -> str:
    """Name what went wrong, in words of ours alone."""
    match error:
        case aiohttp.ClientConnectorError(os_error=Refused() as refused):
            return str(refused)
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "the receiver's certificate is not trusted"
        case aiohttp.ClientSSLError():
            return "no secure connection could be agreed on"
        case aiohttp.ClientConnectorDNSError():
            return "the receiver's name could not be resolved"
        case aiohttp.ClientConnectorError():
            return "no connection could be made"
    return f"the connection failed ({type(error).__name__})"

"""Fitted models as the bytes of a skops file, and again as models."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from skops import io as skops
from skops.io.exceptions import UntrustedTypesFoundException

from models.escalation.errors import UnusableModel
from models.escalation.features import FEATURE_NAMES
from models.escalation.labels import LABELS
from models.escalation.trusting import SCHEMA, check_archive, check_estimators

_NO_DATE = (1980, 1, 1, 0, 0, 0)

_TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
"""What skops does not trust by itself: arrays of a tree's nodes, which run nothing when read."""


def pack(estimators: dict[str, Any]) -> bytes:
    """Return a skops file of the models; equal models have equal bytes."""
    return _canonical(skops.dumps(estimators))


def _canonical(payload: bytes) -> bytes:
    """Return a skops file whose bytes depend on its contents alone.

    skops names objects by their addresses in memory and dates the files in its archive.
    """
    found = ZipFile(BytesIO(payload))
    schema = found.read(SCHEMA).decode()
    addresses = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
    numbers = {address: str(number) for number, address in enumerate(addresses, start=1)}

    def numbered(text: str) -> str:
        return re.sub(r"\d{6,}", lambda m: numbers.get(m.group(), m.group()), text)

    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name in found.namelist():
            content = numbered(schema).encode() if name == SCHEMA else found.read(name)
            info = ZipInfo(numbered(name), _NO_DATE)
            archive.writestr(info, content, ZIP_DEFLATED)
    return written.getvalue()


def unpack(payload: bytes) -> dict[str, Any]:
    """Return the estimators that a model file holds, having looked at all that it names.

    Raises
    ------
    UnusableModel
        With what is wrong.
    """
    check_archive(payload)
    try:
        found: dict[str, Any] = skops.loads(payload, trusted=_TRUSTED)
        check_estimators(found, LABELS, len(FEATURE_NAMES))
    except UntrustedTypesFoundException as error:
        unknown = set(skops.get_untrusted_types(data=payload)) - set(_TRUSTED)
        msg = f"holds types that are not trusted: {sorted(unknown)}"
        raise UnusableModel(msg) from error
    except UnusableModel:
        raise
    except Exception as error:
        # The library has no error of its own: what it meets in a forged file may be anything.
        msg = f"cannot be read ({type(error).__name__}: {str(error)[:200]})"
        raise UnusableModel(msg) from error
    return found

"""Runs the checks one after the other, each within its time; one that fails hides no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from models.escalation.errors import UnusableModel
from services.doctor.case import Case
from services.doctor.finding import Finding, Status, failed, not_applicable
from services.faults import Fault
from services.ledger.database import reason


@dataclass(frozen=True, slots=True)
class Check:
    """A check: what it is called, how it is made, and without which others it tells nothing.

    Parameters
    ----------
    remedy
        What to do where the check itself cannot say it better.
    needs
        All checks before it that must not have failed, also those that its needs have.
    """

    name: str
    work: Callable[[Case], Awaitable[Finding]]
    remedy: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What one check found."""

    name: str
    finding: Finding


async def examine(
    case: Case, checks: Sequence[Check], begins: Callable[[int, str], None]
) -> list[Examined]:
    """Return what each check finds, in their order; ``begins`` is told of each as it begins."""
    found: dict[str, Finding] = {}
    for number, check in enumerate(checks):
        begins(number, check.name)
        lacks = [n for n in check.needs if n in found and found[n].status is Status.FAILED]
        if lacks:
            found[check.name] = not_applicable(f"cannot be told before this: {', '.join(lacks)}")
        else:
            found[check.name] = await _one(check, case)
    return [Examined(name, finding) for name, finding in found.items()]


async def _one(check: Check, case: Case) -> Finding:
    try:
        async with asyncio.timeout(case.patience_s):
            return await check.work(case)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # A client that was stopped at once may say that it was cancelled: nobody told it to.
        return failed("broken off by a client library", check.remedy)
    except TimeoutError:
        again = f"to wait longer: --timeout {2 * case.patience_s:g}; else {check.remedy}"
        return failed(f"no answer within {case.patience_s:g} s", again)
    except (Fault, UnusableModel) as error:
        return failed(_line(str(error)), check.remedy)
    except DBAPIError as error:
        return failed(reason(error), check.remedy)
    except KafkaError as error:
        return failed(f"Kafka: {_line(str(error)) or type(error).__name__}", check.remedy)
    except OSError as error:
        at = f"{error.filename}: " if error.filename else ""
        return failed(f"{at}{error.strerror or type(error).__name__}", check.remedy)
    except Exception as error:
        # Its words may hold anything, so a secret too.
        why = f"the check itself broke ({type(error).__name__}), which is a fault of Forewarn"
        return failed(why, f"report it, with the name of the check; then: {check.remedy}")


def _line(text: str) -> str:
    return " ".join(text.split())

"""What routes make once: nobody waits for what is there, or for what somebody else makes."""

import threading

from fastapi import FastAPI

from services.gateway.asking.shared import _kept


def test_what_is_made_holds_up_nobody_who_wants_something_else() -> None:
    app, goes_on, begun, made = FastAPI(), threading.Event(), threading.Event(), list[str]()
    _kept(app, "places", lambda: "places")

    def slow() -> str:
        begun.set()
        goes_on.wait(30)
        return "models"

    def others() -> None:
        made.append(_kept(app, "places", lambda: "other places"))
        made.append(_kept(app, "lines", lambda: "lines"))

    maker = threading.Thread(target=_kept, args=(app, "models", slow))
    maker.start()
    assert begun.wait(30)
    asker = threading.Thread(target=others, daemon=True)
    asker.start()
    asker.join(10)
    goes_on.set()
    maker.join(30)
    assert made == ["places", "lines"]


def test_two_who_ask_at_once_have_the_same() -> None:
    app, made, found, both = FastAPI(), list[object](), list[object](), threading.Barrier(2)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask() -> None:
        both.wait(10)
        found.append(_kept(app, "models", make))

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(10)
    assert len(made) == 1
    assert found == made * 2

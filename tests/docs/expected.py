"""What is to come of the commands that the walk types, and what they are typed with."""

CTRL_C = 130
"""With which code a command ends that Ctrl-C ends."""

STAYS = {
    "forewarn topics tail alerts": r"raised",
    "forewarn topics tail incidents.rejected": r"expected",
    "forewarn worker": r'"event": "works"',
    "forewarn ledger run": r"^following ",
    "forewarn gateway run": r"serving http://",
    "forewarn notifier run": r"following the alerts|another notifier works",
    "curl -N 'http://127.0.0.1:8080/v1/alerts/stream?since=beginning&border=KGZ-TJK'": (
        r"retry: \d+\nid: \S+\n\nid: \S+\nevent: raised\ndata: \{\"specversion\":\"1.0\",\"id\":"
    ),
}
"""What a reader ends by Ctrl-C, and what it has said by then."""

SAYS = {
    "forewarn publish -": r"^published 1 to 'incidents'",
    "forewarn alerts show": r"Stone-throwing at Kok-Tash on .*\(MISSION-0421 revision 1",
    "forewarn alerts ack": r"^acknowledged: KGZ-TJK-050-02:",
    "forewarn alerts silence": r"^silence: taken in for KGZ-TJK$",
    "forewarn alerts resolve": r"^resolved: KGZ-TJK-050-02:",
    "forewarn doctor": r"^ok +packages +Forewarn [\d.]+, Python [\d.]+, \d+ packages as they are",
    "forewarn rejected show 0:17 --raw": r"^no json$",
    "forewarn rejected show": r"^reason +not-json$",
    "forewarn rejected replay --reason": r"^1 to be replayed$",
    "forewarn verify": r"^verified +what is kept is what the log says$",
    "forewarn trace": r"raised, critical: KGZ-TJK-050-17:20220916T063000",
    "forewarn ledger status": r"incidents +│ \d+",
    "forewarn model history": r"mine-2",
    "forewarn keys list": r"mission",
    "curl http://127.0.0.1:8080/v1/incidents/MISSION-421/": r'"revision":[23],.*"repeated":false',
    "curl http://127.0.0.1:8080/v1/incidents \\": (
        r'^\{"incident_id":"MISSION-421","revision":1,'
        r'"record":\{"topic":"incidents","partition":\d,"offset":\d+\},'
        r'"repeated":false,"ignored":\[\]\}$'
    ),
    "curl -sS -T reports.ndjson": (
        r'^\{"line":1,"status":"accepted","incident_id":"BATCH-0","revision":1,"record":\{.*\n.*\n.*\n'
        r'\{"line":4,"status":"invalid","detail":"not-json: .*\n'
        r'\{"status":"end","lines":4,"counts":\{"accepted":3,"invalid":1\}\}$'
    ),
    "curl 'http://127.0.0.1:8080/v1/incidents/MISSION-421/status": '"settled":',
    'curl -s "$GATEWAY/v1/alerts?limit=2"': r"^/v1/alerts\?",
}
"""What a page says that a command says, or writes: those that begin so."""

ENDS = {"forewarn worker": 0}
"""With which code a command ends, where it is not 0."""

ASIDE = {
    # The first key locks out who has none.
    "forewarn keys": "FOREWARN_DATA_DIR=aside",
    # The port of the pages is that of the gateway that runs.
    "forewarn gateway run": "FOREWARN_GATEWAY__PORT=0",
}
"""What begins so is typed with another setting, so as to leave the stack alone."""


def says(text: str) -> str:
    """Return what a command must say: a pattern."""
    found = (pattern for begins, pattern in SAYS.items() if text.startswith(begins))
    return STAYS.get(text) or next(found, "")


def code(text: str) -> int:
    """Return with which code a command must end."""
    return ENDS.get(text, CTRL_C if text in STAYS else 0)


def aside(text: str) -> str:
    """Return what to type before a command."""
    return "".join(f"{setting} " for begins, setting in ASIDE.items() if text.startswith(begins))

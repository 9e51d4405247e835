"""What an operator does about a rejected record, for each reason."""

from schemas.rejection import RejectReason

ADVICE: dict[RejectReason, str] = {
    RejectReason.TOO_LARGE: (
        "Ask the producer for a shorter summary; a replay of the same bytes is rejected again."
    ),
    RejectReason.NOT_JSON: (
        "The bytes are no JSON text in UTF-8: find out who writes to the topic, and have the "
        "report sent anew; a replay of the same bytes is rejected again."
    ),
    RejectReason.NOT_A_CLOUDEVENT: (
        "The producer must wrap the incident in a CloudEvents 1.0 event, or give its attributes in "
        "ce_ headers; have the report sent anew."
    ),
    RejectReason.UNKNOWN_VERSION: (
        "The type is unknown here: run a worker that knows this version, then replay; or have the "
        "producer send a version that the workers know."
    ),
    RejectReason.INVALID: (
        "See the field errors. If the producer is wrong, have the report sent anew; if the "
        "contract or the taxonomy has been mended since, replay."
    ),
    RejectReason.KEY_MISMATCH: (
        "The producer must use the incident id as the record's key; have the report sent anew, "
        "since a replay keeps the key."
    ),
    RejectReason.FROM_THE_FUTURE: (
        "If the time in the report is wrong, have a corrected revision sent; if the producer's "
        "clock was behind, replay: the record time is then now."
    ),
    RejectReason.REVISION_CONFLICT: (
        "The same revision is known with other content: have what changed sent as the next "
        "revision; a replay conflicts again."
    ),
    RejectReason.TOO_FAR: (
        "Nothing to do unless a border is missing: watch it (FOREWARN_BORDERS) or raise "
        "FOREWARN_LOCATE_LIMIT_KM, restart the workers, then replay with --reason too-far."
    ),
    RejectReason.TOO_COARSE: (
        "Ask for a revision that names the place more exactly, or both countries; once the workers "
        "can place it, replay with --reason too-coarse."
    ),
    RejectReason.NOT_OPEN: (
        "Nothing to do: it answers an operator who named an alert or a silence that is not in "
        "force; forewarn alerts list tells what is."
    ),
    RejectReason.FAILED: (
        "A fault of the worker's own: report it with the detail, run a version that mends it, then "
        "replay. What is derived (observations) cannot be replayed: have the next revision of the "
        "report sent."
    ),
}

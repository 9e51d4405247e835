"""From alerts to notifications: who is told of what, when, and why not.

Nothing here sends, waits or reads a clock. A transition goes through the stages one after another:
``routes`` match it, ``holds`` keep it back (inhibited, silenced, in ``quiet_hours``), ``groups``
say with what else and when it is told, ``look`` what a group tells at a moment, of what ``offers``
leave of each alert. ``stages`` composes them over a ``desk``, which is all that is remembered;
``why`` names every reason. ``retrying`` says what becomes of an attempt that failed, and
``heartbeats`` whether the way of alerts is open.
"""

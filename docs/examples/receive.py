"""Receives webhooks: checks who sent them, prints each notification once, answers 2xx.

Needs: pip install standardwebhooks; SECRET, the same as in the notifier's file (whsec_...). Nothing
       of Forewarn.
Run:   SECRET=whsec_... PORT=8099 STATE=received.sqlite python receive.py

Put a proxy before it that ends TLS: beyond your own network Forewarn posts to https:// alone.
"""

import json
import os
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MOST = 1_000_000  # bytes of a body; whoever sends more is not read
webhook = Webhook(os.environ["SECRET"])
state = sqlite3.connect(os.environ.get("STATE", "received.sqlite"))
state.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")


def handle(notification: dict) -> None:
    """Do what is to be done once; here: print. What takes long belongs into a queue of yours."""
    data = notification["data"]
    mark = "" if data["traffic"] == "actual" else f"[{data['traffic'].upper()}] "
    for alert in data["alerts"]:
        print(f"{mark}{alert['transition']}: {alert['headline']}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # seconds: whoever sends nothing is let go of

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST:
            return self.answer(413)
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            # Refuses a wrong signature, and a time more than five minutes from now: a message that
            # somebody has overheard cannot be sent again later.
            webhook.verify(body, headers)
        except (WebhookVerificationError, ValueError) as error:
            print(f"refused: {error}", flush=True)
            return self.answer(401)
        # An attempt whose answer was lost is made again, with the same id.
        with state:  # handled and noted, or neither: then there is no answer, and it comes again
            known = "INSERT OR IGNORE INTO seen VALUES (?)"
            if state.execute(known, (headers["webhook-id"],)).rowcount:
                handle(json.loads(body))
        return self.answer(204)

    def answer(self, status: int) -> None:
        # 2xx: delivered. 410: never send again. Anything else: tried again, for three days.
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing for each request."""


if __name__ == "__main__":
    # One at a time: the database is one, and so is what you do with a notification.
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8099"))), Receiver)
    print(f"listening at {server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        state.close()

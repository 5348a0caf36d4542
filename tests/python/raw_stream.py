"""Reads a journal's stream as the NATS server has it and holds it against what was acknowledged.

Knows nothing of the hub but its published record format: it speaks the NATS protocol over a plain socket, with the
standard library alone. The stream's name and the server stand on the command line; standard input is one JSON object
{"reports": [{command, incident}], "answers": [{command, position, version}]}. Prints one JSON object, or says what does
not hold and ends with 1.
"""

import json
import socket
import sys
from urllib.parse import urlparse

BATCH = 500


class Nats:
    """One connection."""

    def __init__(self, url):
        place = urlparse(url)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=20)
        self.file = self.socket.makefile("rb")
        assert self.file.readline().startswith(b"INFO "), "no NATS server"
        said = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
        if place.username:
            said |= {"user": place.username, "pass": place.password}
        self.send(b"CONNECT " + json.dumps(said).encode() + b"\r\nSUB raw.inbox 1\r\n")

    def send(self, text):
        self.socket.sendall(text)

    def ask(self, subject, payload=b""):
        self.send(b"PUB %s raw.inbox %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))

    def message(self):
        """Subject to answer to, header block, payload of the next message."""
        while True:
            words = self.file.readline().split()
            assert words, "the server went away"
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                head = int(words[-2]) if words[0] == b"HMSG" else 0
                sizes = 2 if words[0] == b"HMSG" else 1
                answer_to = words[3].decode() if len(words) - sizes > 3 else ""
                body = self.file.read(int(words[-1]) + 2)[:-2]
                return words[1].decode(), answer_to, body[:head], body[head:]
            else:
                assert not words[0].startswith(b"-ERR"), words

    def json(self, subject, payload=b""):
        self.ask(subject, payload)
        answer = json.loads(self.message()[3])
        assert "error" not in answer, (subject, answer)
        return answer


def records(nats, stream):
    """Every message of the stream: its sequence, its headers and its bytes, in the server's order."""
    last = nats.json(f"$JS.API.STREAM.INFO.{stream}")["state"]["last_seq"]
    config = {"stream_name": stream, "config": {"ack_policy": "none", "deliver_policy": "all", "inactive_threshold": 60_000_000_000}}
    name = nats.json(f"$JS.API.CONSUMER.CREATE.{stream}", json.dumps(config).encode())["name"]
    seen = 0
    while seen < last:
        nats.ask(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", json.dumps({"batch": BATCH, "expires": 5_000_000_000}).encode())
        for _ in range(min(BATCH, last - seen)):
            _, answer_to, head, body = nats.message()
            assert answer_to.startswith("$JS.ACK."), head
            seen = int(answer_to.split(".")[-4])
            yield seen, head, body
            if seen >= last:
                break


def wrong(what):
    print(json.dumps({"wrong": what}, ensure_ascii=False))
    sys.exit(1)


def main():
    url, stream = sys.argv[1:]
    heard = json.load(sys.stdin)
    versions, ids, commands, places, received, kinds = {}, set(), {}, {}, {}, {}
    position = 0
    for sequence, head, body in records(Nats(url), stream):
        position += 1
        if sequence != position:
            wrong(f"position {position} is missing: {sequence} follows")
        record = json.loads(body)
        trace = record.get("traceparent")
        if trace and f"\r\ntraceparent: {trace}\r\n".encode() not in head:
            wrong(f"the message at position {position} does not carry its record's trace")
        subject, version = record["subject"], record["version"]
        versions[subject] = versions.get(subject, 0) + 1
        if version != versions[subject]:
            wrong(f"{subject} has version {version} at position {position}, {versions[subject]} would be next")
        if record["id"] in ids:
            wrong(f"{record['id']} is there twice, the second time at position {position}")
        ids.add(record["id"])
        count, last = commands.get(record["command"], (0, position - 1))
        if record["id"] != f"{record['command']}.{count + 1}" or last != position - 1:
            wrong(f"the decision of {record['command']} is torn at position {position}")
        commands[record["command"]] = (count + 1, position)
        places[position] = (record["command"], version)
        kinds[record["type"]] = kinds.get(record["type"], 0) + 1
        if record["type"] == "incident.received":
            received[subject] = received.get(subject, 0) + 1
    for report in heard["reports"]:
        if received.get(f"incident/{report['incident']}") != 1:
            wrong(f"{report} was acknowledged and is there {received.get('incident/' + report['incident'], 0)} times")
        if f"{report['command']}.1" not in ids:
            wrong(f"{report} was acknowledged and its command is not there")
    for answer in heard["answers"]:
        if places.get(answer["position"]) != (answer["command"], answer["version"]):
            wrong(f"{answer} was acknowledged, {places.get(answer['position'])} is there")
    print(json.dumps({"position": position, "subjects": len(versions), "kinds": kinds}))


main()

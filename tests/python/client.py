#!/usr/bin/env python3
"""A client of the hub, written from the published language in proto/ alone.

It reports a matter, leads it to its closing, and follows the one event stream meanwhile. Its stubs are made from
proto/ when it starts, in a temporary folder; it shares no code with the hub. By hand:

    hub serve --data hub-data                     # in another terminal; then, beside it:
    hub seat add desk-1   --data hub-data --agency grid --role call_taker --role dispatcher
    hub seat add worker-1 --data hub-data --agency grid --role handler
    hub seat add asker-1  --data hub-data --agency grid --role follow_up
    python -m pip install grpcio grpcio-tools     # or use target/tools/bin/python, once the tests have run
    python tests/python/client.py report 127.0.0.1:7110 --desk TOKEN --worker TOKEN --asker TOKEN

`report` does all of it over one connection. `resume` leaves in the middle, prints how far it was, and waits for a
line on standard input: Enter, or the address where the hub is now. Meanwhile anything may happen, even the hub's end
and restart; then it connects anew and goes on. What it does is told on standard error; standard output is JSON, and
its last line is one object: the facts it saw, the ranges that the frames covered, the refusal it met.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
import types
import uuid
from pathlib import Path

try:
    import grpc
    import grpc_tools
    from grpc_tools import protoc
except ImportError:
    sys.exit("grpcio and grpcio-tools are missing: python -m pip install grpcio grpcio-tools")

PROTO = Path(__file__).resolve().parents[2] / "proto"

# How a refusal's details are written. Google publishes these messages as google/rpc/status.proto and
# google/rpc/error_details.proto; the package googleapis-common-protos has them, too.
REFUSALS = """
syntax = "proto3";
package google.rpc;
import "google/protobuf/any.proto";
message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
"""

# Whoever gets one of these may ask again with the same command id, after a pause: it is done once all the same.
AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.RESOURCE_EXHAUSTED)
PAUSE_SECONDS = (0.2, 1, 3, None)
CALL_SECONDS = 10
STREAM_SECONDS = 60


def make_stubs():
    """Makes the stubs from the published files; the folder they are made in is gone when this returns."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "refusals.proto").write_text(REFUSALS, encoding="utf-8")
        files = sorted(str(file.relative_to(PROTO)) for file in PROTO.glob("hub/v1/*.proto"))
        well_known = Path(grpc_tools.__file__).parent / "_proto"
        given = [f"-I{root}" for root in (PROTO, folder, well_known)] + [f"--python_out={folder}", f"--grpc_python_out={folder}"]
        if protoc.main(["protoc", *given, *files, "refusals.proto"]) != 0:
            sys.exit(f"no stubs could be made from {PROTO}")
        names = {}
        sys.path.insert(0, folder)
        for made in Path(folder).rglob("*_pb2*.py"):
            module = ".".join(made.relative_to(folder).with_suffix("").parts)
            names |= vars(importlib.import_module(module))
        sys.path.remove(folder)
    return types.SimpleNamespace(**names)


v1 = make_stubs()


def connect(address):
    """One connection, and the services over it. Plain and direct, as on one machine; else it is grpc.secure_channel."""
    to = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
    stubs = {"intake": v1.IntakeStub, "triage": v1.TriageStub, "feedback": v1.FeedbackStub, "audit": v1.AuditStub}
    return types.SimpleNamespace(channel=to, **{name: stub(to) for name, stub in stubs.items()})


def shown(token):
    """By this the hub knows who calls."""
    return [("authorization", f"Bearer {token}")]


def call(method, request, token):
    """One call. What may be asked again is asked again, as it is: the command id in it makes that harmless."""
    for pause in PAUSE_SECONDS:
        try:
            return method(request, metadata=shown(token), timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            if error.code() not in AGAIN or pause is None:
                raise
        time.sleep(pause)


def error_info(error):
    """The google.rpc.ErrorInfo of a refusal: its stable code, and the sentence for the reader in two languages."""
    trailers = {item.key: item.value for item in error.trailing_metadata()}
    for detail in v1.Status.FromString(trailers["grpc-status-details-bin"]).details:
        info = v1.ErrorInfo()
        if detail.Unpack(info):
            about = {"status": error.code().name, "domain": info.domain, "code": info.reason}
            return about | {language: info.metadata[language] for language in ("zh", "en")}
    sys.exit(f"a refusal without google.rpc.ErrorInfo: {error}")


class Watch:
    """Follows the stream, notes what it saw, and knows how far it is: that is all it takes to go on elsewhere."""

    def __init__(self, position):
        self.covered = position
        self.facts = []
        self.ranges = []

    def follow(self, hub, token):
        """Opens the stream behind the last position covered; it stays open and brings what comes."""
        request = v1.FollowRequest(**{"from": self.covered + 1})  # `from` is a word of Python's own
        self.frames = hub.audit.Follow(request, metadata=shown(token), timeout=STREAM_SECONDS)

    def read_until(self, position):
        """Reads frames until they cover `position`. Ranges that join prove that nothing is missing, whatever is hidden."""
        while self.covered < position:
            frame = next(self.frames, None) or sys.exit("the stream ended")
            if frame.from_position != self.covered + 1:
                sys.exit(f"covered {self.covered}, and the next frame begins at {frame.from_position}")
            self.covered = frame.to_position
            self.ranges.append([frame.from_position, frame.to_position])
            for fact in frame.facts:
                record = json.loads(fact.record)
                self.facts.append({"position": fact.position, "type": record["type"], "subject": record["subject"]})


def new_report():
    """A report in plain words, with an id for the command: any that is used once."""
    reference = str(uuid.uuid4())
    words, here = "小区门口垃圾堆了三天没人清运", "320111004001"
    known = {"command_id": f"client/{reference}", "source": "grid-app", "reference": reference}
    return v1.ReportRequest(**known, channel=v1.CHANNEL_APP, text=words, area=here)


def report_twice(hub, token, request, answer=None):
    """Reports, unless `answer` is there from before; asked again, the same command writes nothing and gets that answer."""
    answer = answer or call(hub.intake.Report, request, token)
    if call(hub.intake.Report, request, token) != answer:
        sys.exit(f"asked twice, answered differently; at first:\n{answer}")
    tell(f"report: incident {answer.incident_id} at position {answer.position}, asked once or again")
    return answer


def life(hub, seats, answer):
    """What the seats do with the matter, in order: whose token, and the command."""
    triage, feedback = v1.TriageActRequest, v1.FeedbackActRequest
    asked = v1.ProposeRequest(incident_id=answer.incident_id, at_least=answer.position)
    proposal = call(hub.triage.Propose, asked, seats.desk)
    # The hub proposes, a person decides; this one confirms.
    confirmed = [v1.Reason(code="seat.confirm")]
    accept = triage.Accept(category=proposal.category, priority=proposal.priority, reasons=confirmed)
    pleased = v1.SATISFACTION_SATISFIED
    followed = feedback.FollowUp(report_id=answer.report_id, reached=True, solved=True, satisfaction=pleased)
    return [
        (seats.desk, triage(accept=accept)),
        (seats.desk, triage(route=triage.Route(parts=[v1.NewPart(agency="grid", mandatory=True)]))),
        (seats.desk, triage(issue_order=triage.IssueOrder(part=1, unit="grid/001-1"))),
        (seats.worker, triage(deliver_order=triage.DeliverOrder(order=1))),
        (seats.worker, triage(sign_order=triage.SignOrder(order=1))),
        (seats.worker, triage(on_scene=triage.OnScene(part=1))),
        (seats.worker, triage(finish=triage.Finish(part=1, outcome=v1.OUTCOME_SOLVED, words="已清运"))),
        (seats.desk, feedback(tell=feedback.Tell(report_id=answer.report_id, words="垃圾已清运"))),
        (seats.asker, feedback(follow_up=followed)),
        (seats.desk, feedback(close=feedback.Close())),
    ]


def act(hub, incident, token, request):
    """Carries one command out. Its id is made of the incident and the action: asked again, it is the same command."""
    action = request.WhichOneof("action")
    request.incident_id, request.command_id = incident, f"{incident}/{action}"
    service = hub.triage if isinstance(request, v1.TriageActRequest) else hub.feedback
    answer = call(service.Act, request, token)
    tell(f"{action}: {v1.Stage.Name(answer.stage)} at position {answer.position}")
    return answer.position


def refused(hub, seats, incident):
    """Tries to close what was only just received; the rules say no, and why."""
    request = v1.FeedbackActRequest(command_id=f"{incident}/too-early", incident_id=incident)
    request.close.SetInParent()
    try:
        call(hub.feedback.Act, request, seats.desk)
    except grpc.RpcError as error:
        return error_info(error)
    sys.exit("a matter was closed that had only been received")


def leave(hub, address, covered):
    """Drops the connection, says how far it was, and waits; then connects anew."""
    hub.channel.close()
    print(json.dumps({"covered": covered}), flush=True)
    tell("left; press Enter to connect again, or type the hub's new address")
    return connect(sys.stdin.readline().strip() or address)


def tell(words):
    """To a person who watches; standard output is for machines."""
    print(words, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Leads one matter from its report to its closing, and follows the stream.")
    parser.add_argument("mode", choices=["report", "resume"])
    parser.add_argument("address", help="where the hub listens, such as 127.0.0.1:7110")
    for seat, roles in [("desk", "call_taker and dispatcher"), ("worker", "handler"), ("asker", "follow_up")]:
        parser.add_argument(f"--{seat}", metavar="TOKEN", required=True, help=f"a seat of the grid with {roles}")
    seats = parser.parse_args()

    hub = connect(seats.address)
    start = call(hub.audit.Head, v1.HeadRequest(), seats.desk).position
    watch = Watch(start)
    watch.follow(hub, seats.desk)
    request = new_report()
    answer = report_twice(hub, seats.desk, request)
    incident = answer.incident_id
    refusal = refused(hub, seats, incident)
    steps = life(hub, seats, answer)
    for step in steps[:4]:
        position = act(hub, incident, *step)
    watch.read_until(position)
    if seats.mode == "resume":
        hub = leave(hub, seats.address, watch.covered)
        report_twice(hub, seats.desk, request, answer)
    for step in steps[4:7]:
        act(hub, incident, *step)
    if seats.mode == "resume":
        watch.follow(hub, seats.desk)  # nobody did since; it goes on behind the last position covered
    for step in steps[7:]:
        closed = act(hub, incident, *step)
    watch.read_until(closed)
    hub.channel.close()
    seen = {"start": start, "covered": watch.covered, "facts": watch.facts, "ranges": watch.ranges}
    print(json.dumps({"incident": incident, "closed": closed, "refusal": refusal} | seen))


if __name__ == "__main__":
    main()

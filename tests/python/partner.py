#!/usr/bin/env python3
"""The system of another agency, written from the published language in proto/ alone: a small 110.

It connects with its certificate, says hello, tells of a call and sends a car, hears receipts and frames, and says what it
has on its disk. All it keeps is one JSON file: its own last number, the frames that the hub has not committed, and the
last of the hub's frames that it has. Cut off at any moment it goes on from there, and nothing happens twice.

    python tests/python/partner.py --hub 127.0.0.1:7443 --folder certificates --state state.json --calls 5

`certificates` holds ca.pem, police110.pem and police110.key. With `--cut N` it drops the connection without a word after
N of the hub's frames, before it has noted the last of them, and ends: start it again and it goes on. Its stubs are made from proto/ when it
starts. What it does is told on standard error; the last line of standard output is one JSON object: what it heard.
"""

import argparse
import base64
import importlib
import json
import os
import queue
import sys
import tempfile
import types
from pathlib import Path

try:
    import grpc
    import grpc_tools
    from grpc_tools import protoc
except ImportError:
    sys.exit("grpcio and grpcio-tools are missing: python -m pip install grpcio grpcio-tools")

PROTO = Path(__file__).resolve().parents[2] / "proto"
DISTRICT = "320111"
SOURCE = "police110"
PATIENCE_SECONDS = 30


def make_stubs():
    """Makes the stubs from the published files; the folder they are made in is gone when this returns."""
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(str(file.relative_to(PROTO)) for file in PROTO.glob("hub/v1/*.proto"))
        well_known = Path(grpc_tools.__file__).parent / "_proto"
        given = [f"-I{root}" for root in (PROTO, well_known)] + [f"--python_out={folder}", f"--grpc_python_out={folder}"]
        if protoc.main(["protoc", *given, *files]) != 0:
            sys.exit(f"no stubs could be made from {PROTO}")
        names = {}
        sys.path.insert(0, folder)
        for made in Path(folder).rglob("*_pb2*.py"):
            names |= vars(importlib.import_module(".".join(made.relative_to(folder).with_suffix("").parts)))
        sys.path.remove(folder)
    return types.SimpleNamespace(**names)


v1 = make_stubs()


class State:
    """What has to survive: written as a whole, and on the disk before anybody is told."""

    def __init__(self, path):
        self.path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.journal = kept.get("journal", "")
        self.number = kept.get("number", 0)
        self.has = kept.get("has", 0)
        self.calls = kept.get("calls", 0)
        self.unsent = [v1.PartnerFrame.FromString(base64.b64decode(text)) for text in kept.get("unsent", [])]

    def save(self):
        """A rename is all or nothing: whoever is killed here finds the old file or the new one."""
        unsent = [base64.b64encode(frame.SerializeToString(deterministic=True)).decode() for frame in self.unsent]
        kept = {"journal": self.journal, "number": self.number, "has": self.has, "calls": self.calls, "unsent": unsent}
        unfinished = self.path.with_suffix(".tmp")
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path)

    def frame(self, **fields):
        """The next frame. It is kept until the hub commits its number; only then it leaves the disk."""
        frame = v1.PartnerFrame(number=self.number + 1, previous=self.number, **fields)
        self.number += 1
        self.unsent.append(frame)
        return frame

    def committed(self, number):
        """The hub has these on its disk."""
        self.unsent = [frame for frame in self.unsent if frame.number > number]
        self.save()


class Partner:
    """One connection."""

    def __init__(self, hub, folder, state, cut):
        def read(name):
            return Path(folder, name).read_bytes()

        shown = grpc.ssl_channel_credentials(read("ca.pem"), read(f"{SOURCE}.key"), read(f"{SOURCE}.pem"))
        options = [("grpc.ssl_target_name_override", "localhost"), ("grpc.enable_http_proxy", 0)]
        self.channel = grpc.secure_channel(hub, shown, options=options)
        self.state, self.cut = state, cut
        self.to_hub = queue.Queue()
        self.heard, self.again, self.receipts = [], 0, {}

    def say(self, **what):
        """Puts one message on its way."""
        self.to_hub.put(v1.ExchangeRequest(**what))

    def connect(self):
        """Hello, welcome, and then everything again that the hub has not got."""
        answers = v1.PartnerStub(self.channel).Exchange(iter(self.to_hub.get, None), timeout=PATIENCE_SECONDS)
        self.say(hello=v1.Hello(district=DISTRICT, committed=self.state.has, version=1))
        welcome = next(answers).welcome
        if self.state.journal not in ("", welcome.journal):
            sys.exit(f"this hub has another journal than before: {welcome.journal}; ask before going on")
        self.state.journal = welcome.journal
        self.state.committed(welcome.committed)
        print(f"connected; the hub has up to {welcome.committed}", file=sys.stderr)
        for frame in self.state.unsent:
            self.say(frame=frame)
        return answers

    def tell(self, **fields):
        """A new frame: on the disk first, then on its way."""
        frame = self.state.frame(**fields)
        self.state.save()
        self.say(frame=frame)
        return frame.number

    def hear(self, answers, until):
        """Takes what the hub says until `until` holds. False where the connection is to be dropped."""
        while not until():
            answer = next(answers)
            what = answer.WhichOneof("what")
            if what == "commit":
                self.state.committed(answer.commit.number)
            elif what == "frame":
                if self.cut is not None and len(self.heard) == self.cut:
                    return False
                self.take(answer.frame)
        return True

    def take(self, frame):
        """Behind the one before it, once, on the disk, then committed."""
        if frame.number <= self.state.has:
            self.again += 1
            return
        if frame.previous != self.state.has:
            sys.exit(f"frame {frame.number} follows {frame.previous}, and {self.state.has} is the last one here")
        self.state.has = frame.number
        self.state.save()
        self.heard.append([frame.number, frame.WhichOneof("body")])
        if frame.WhichOneof("body") == "receipt":
            self.receipts[frame.receipt.number] = (v1.FrameOutcome.Name(frame.receipt.outcome), frame.receipt.code)
        self.say(commit=v1.Commit(number=frame.number))

    def work(self, answers, calls):
        """接警单, 处警单, 签收, 到场, 反馈单 of each call; every call is one story of five frames."""
        while self.state.calls < calls:
            nth = self.state.calls + 1
            intake = v1.FormNumber(form=v1.FORM_INTAKE, number=f"J{nth}")
            dispatch = v1.FormNumber(form=v1.FORM_DISPATCH, number=f"C{nth}")
            feedback = v1.FormNumber(form=v1.FORM_FEEDBACK, number=f"F{nth}")
            frames = v1.PartnerFrame
            report = frames.Report(source=SOURCE, reference=f"J{nth}", channel=v1.CHANNEL_PHONE, text="两户争吵", area="320111004001")
            issued = frames.Order(step=v1.ORDER_STEP_ISSUED, unit=f"car/{nth}", category="police/dispute", priority=2)
            signed = frames.Order(step=v1.ORDER_STEP_SIGNED, unit=f"car/{nth}")
            arrived = frames.Progress(step=v1.PROGRESS_STEP_ON_SCENE, unit=f"car/{nth}")
            finished = frames.Finished(outcome=v1.OUTCOME_SOLVED, words="已劝解")
            self.state.calls = nth
            self.tell(person="p0231", report=report)
            self.tell(person="p0231", order=issued, numbers=[intake, dispatch])
            self.tell(person="p0301", order=signed, numbers=[intake])
            self.tell(person="p0301", progress=arrived, numbers=[intake])
            last = self.tell(person="p0301", finished=finished, numbers=[intake, feedback])
            if not self.hear(answers, lambda last=last: last in self.receipts):
                return False
        # Everything that was said before the last cut has its receipt, and its commit, too.
        return self.hear(answers, lambda: not self.state.unsent)


def main():
    """Works until all calls are done, or until it is cut."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--hub", required=True, help="host and port of the hub's door for this partner")
    arguments.add_argument("--folder", required=True, help="where ca.pem, police110.pem and police110.key are")
    arguments.add_argument("--state", required=True, type=Path, help="the JSON file to keep")
    arguments.add_argument("--calls", type=int, default=3, help="how many calls to work on, in all lives together")
    arguments.add_argument("--cut", type=int, help="drop the connection after so many of the hub's frames")
    given = arguments.parse_args()
    state = State(given.state)
    partner = Partner(given.hub, given.folder, state, given.cut)
    answers = partner.connect()
    ended = partner.work(answers, given.calls)
    seen = {"ended": ended, "heard": partner.heard, "again": partner.again, "has": state.has, "number": state.number}
    seen["receipts"] = {str(number): list(receipt) for number, receipt in partner.receipts.items()}
    print(json.dumps(seen), flush=True)
    if not ended:
        # No goodbye: the process is gone, and its connection with it.
        os._exit(0)
    partner.to_hub.put(None)
    partner.channel.close()


if __name__ == "__main__":
    main()

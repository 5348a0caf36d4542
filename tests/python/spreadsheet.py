"""What a spreadsheet makes of the real files: delays of replies, and a city's own judgement of its due times.

    python spreadsheet.py replies FILE            count, total and middle delay between 留言时间 and 答复时间
    python spreadsheet.py judged FILE [FILE ...]  rows on time and late, by the column `ontime` where it says so

Knows nothing of the hub: csv, datetime and statistics alone.
"""

import csv
import datetime
import gzip
import io
import json
import statistics
import sys

SECOND = datetime.timedelta(seconds=1)


def rows(name):
    with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        yield from csv.DictReader(text)


def time(text):
    text = text.strip().replace("/", "-")
    for layout in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, layout)
        except ValueError:
            pass
    return None


def replies(name):
    pairs = [(time(row["留言时间"]), time(row["答复时间"])) for row in rows(name)]
    delays = [(told - asked) // SECOND for asked, told in pairs if told is not None]
    return {"count": len(delays), "total": sum(delays), "median": statistics.median(delays)}


def judged(names):
    found = {"with_limit": 0, "on_time": [], "late": []}
    for row in (row for name in names for row in rows(name)):
        due, closed = time(row["target_dt"]), time(row["closed_dt"])
        found["with_limit"] += due is not None
        if due is None or closed is None:
            continue
        # The city left a few of its judgements open; the two dates say it.
        said = {"ONTIME": "on_time", "OVERDUE": "late"}.get(row["ontime"], "late" if closed > due else "on_time")
        found[said].append(row["case_enquiry_id"])
    return found


if __name__ == "__main__":
    what, files = sys.argv[1], sys.argv[2:]
    print(json.dumps(replies(files[0]) if what == "replies" else judged(files)))

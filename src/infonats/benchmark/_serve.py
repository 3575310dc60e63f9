"""The process that measures: a cell in JSON on each line of its input, a record on each line of its output.

It ends when its input does, even in the middle of a cell, so that none outlives the run that started it.
"""

import dataclasses
import json
import os
import queue
import sys
import threading

from infonats.benchmark.cell import Cell

READY = "ready"


def serve() -> None:
    """Answer until the input ends. What a method prints goes to the error stream: the output is ours."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(lines,), daemon=True).start()
        from infonats.benchmark.measure import measure

        answers.write(f"{READY}\n")  # the imports took seconds that are no method's
        answers.flush()
        while True:
            record = measure(Cell(**json.loads(lines.get())))
            answers.write(json.dumps(dataclasses.asdict(record)) + "\n")
            answers.flush()


def _listen(lines: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)  # whoever asked is gone: no answer is wanted, and none must be waited for


if __name__ == "__main__":
    serve()

"""The queue's own process beside `passerelle serve`: it ends when the process that started it is gone."""

import os
import signal
import sys
import threading

from lti_tool.app import create_tool, create_worker
from lti_tool.settings import load_settings
from lti_tool.web.logs import init_logging


def run(parent: int) -> None:
    """Work until told to stop, or until `parent` is not our parent any more."""
    settings = load_settings()
    init_logging(settings.log_level)
    worker = create_worker(create_tool(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())

    def watch() -> None:
        gone = threading.Event()
        while os.getppid() == parent:
            gone.wait(1.0)
        worker.stop()

    threading.Thread(target=watch, daemon=True).start()
    worker.run_forever()


if __name__ == "__main__":
    run(int(sys.argv[1]))

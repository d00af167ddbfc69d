"""Run a command and say what it took: `python launch.py COMMAND...` prints JSON.

A process of its own, and a small one: what Linux calls the greatest resident memory of a process includes that of the
process which started it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

if __name__ == "__main__":
    # As most people run it: Python may keep what it compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True, env=environment)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
    print(json.dumps({"code": done.returncode, "seconds": seconds, "mib": memory, "output": done.stdout.decode()}))

# SPDX-License-Identifier: Apache-2.0
"""What every real server that the scenarios start has in common: a process, its log, and a folder that goes with it."""
import shutil
import signal
import socket


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RealServer:
    """Whoever derives from it sets `folder`, `log` and `process`."""

    process = None

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
        self.log.close()

    def kill(self):
        self.stop(signal.SIGKILL)

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

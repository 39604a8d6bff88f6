"""Virtual environments and servers for the rig tests, made once and kept in the temporary directory."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
HOME = Path(tempfile.gettempdir()) / "costtui-rigs"


def rig_python(name, *packages, without_dependencies=()):
    """Return the interpreter of an environment with these packages; skip where it cannot be made."""
    python = HOME / name / "bin" / "python"
    done = HOME / name / ".done"
    if done.exists():
        return str(python)
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is needed to make the environment of this rig")
    try:
        subprocess.run([uv, "venv", "-q", "--clear", "-p", "3.11", str(HOME / name)], check=True, timeout=60)
        subprocess.run([uv, "pip", "install", "-q", "-p", str(python), *packages], check=True, timeout=600)
        for package in without_dependencies:
            subprocess.run(
                [uv, "pip", "install", "-q", "--no-deps", "-p", str(python), package], check=True, timeout=600
            )
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"the environment of this rig cannot be made: {error}")
    done.touch()
    return str(python)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def serving(command, port, seconds=60):
    """Run a server until the end of the block; wait until it listens."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        end = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    pytest.skip(f"the server of this rig did not start: {command[1]}")
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

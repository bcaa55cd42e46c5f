"""How gunicorn serves the portal: `gunicorn --config portal/operations/gunicorn.conf.py portal.wsgi:app`.

DOUDI_BIND, DOUDI_WORKERS and DOUDI_THREADS change what differs between machines; the reasons stand beside the rest.
"""

import gc
import os
import shutil
import tempfile

from gunicorn.http import wsgi

bind = os.environ.get("DOUDI_BIND", "127.0.0.1:8000")
# An answer is mostly computing, so one worker a core; threads are for those who wait for the database.
workers = int(os.environ.get("DOUDI_WORKERS", os.cpu_count() or 2))
threads = int(os.environ.get("DOUDI_THREADS", "4"))
worker_class = "gthread"
# The tables are loaded once and shared by the workers; a worker that ends is replaced in milliseconds.
preload_app = True
# What is loaded stays; searching it for garbage again and again would take a fifth of the start.
gc.disable()
# Whatever might grow over weeks ends with the worker; the jitter keeps them from ending together.
max_requests = 50_000
max_requests_jitter = 10_000
# Longer than any answer may take; a worker that hangs is replaced.
timeout = 60
graceful_timeout = 30
# nginx opens a connection per request; browsers that come directly may keep one for a moment.
keepalive = 5
backlog = 512
# Heartbeats of the workers never wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # memory, not a shared file
control_socket_disable = True
# Whom to believe about the visitor is the portal's own setting (DOUDI_TRUSTED_PROXIES); gunicorn believes nobody.
forwarded_allow_ips = ""
# No answer names the program that gave it.
wsgi.SERVER = "doudi"
# The portal writes one line a request itself, without addresses and paths.
accesslog = None
errorlog = "-"

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_ours = None
if _METRICS not in os.environ:
    _ours = tempfile.mkdtemp(prefix="doudi-metrics-")
    os.environ[_METRICS] = _ours


def when_ready(server):
    """Have every page's template ready before the first visitor, and leave what is loaded to be shared.

    Compiled templates are kept in the instance folder, so that only the first start after an upgrade compiles.
    """
    from jinja2 import FileSystemBytecodeCache

    from portal.wsgi import app

    kept = app.extensions["doudi_settings"].instance / "templates"
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(kept))
    except OSError as unwritable:
        server.log.warning("templates are compiled at every start: %s", unwritable.strerror)
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()
    gc.enable()


def post_fork(server, worker):
    """A database connection belongs to the process that opened it; and from here on there is garbage."""
    from portal.wsgi import app

    gc.enable()
    app.extensions["doudi_engine"].dispose(close=False)


def child_exit(server, worker):
    """Take a gone worker's gauges out of the figures; its counters stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    if _ours:
        shutil.rmtree(_ours, ignore_errors=True)

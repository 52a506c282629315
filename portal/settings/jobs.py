"""The broker, and what the scheduler asks for."""

from __future__ import annotations

from portal.settings.place import VAR, env

BROKER_URL: str = env("BROKER_URL", default="filesystem://localhost//")
CELERY_BROKER_URL = BROKER_URL
if BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "portal.broker:Transport"
    _queue = VAR / "queue"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.05,
    }
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "platform"
#: What the scheduler asks for, in seconds. Everything in it finds its own work, so a lost tick costs a wait.
CELERY_BEAT_SCHEDULE = {
    "reap builds whose holder fell silent": {"task": "builds.reap", "schedule": 5.0},
    "drop old entries of the audit trail": {"task": "tenants.tasks.forget_audit", "schedule": 24 * 3600.0},
    "forget workloads' tokens that expired": {"task": "tenants.tasks.forget_workloads", "schedule": 3600.0},
    "re-read the people of directories": {"task": "tenants.tasks.sync_directories", "schedule": 900.0},
    "publish charts whose images are new": {"task": "catalog.publish_charts", "schedule": 30.0},
    "sign charts that are new": {
        "task": "builds.sign_charts",
        "schedule": 15.0,
        "options": {"queue": "signing"},
    },
    "read the layers of new releases": {"task": "catalog.list_layers", "schedule": 15.0},
    "read charts that were pushed": {"task": "catalog.read_pushed_charts", "schedule": 15.0},
    "let go of what the registry no longer needs": {"task": "registry.collect", "schedule": 3600.0},
    "read stored blobs again": {"task": "registry.scrub", "schedule": 3600.0},
}

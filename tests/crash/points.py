"""Kill every scene at every step, go on as people would, and look for what was lost or left behind.

    python -m tests.crash.points DATABASE_URL [N]

With N only every N-th step is met. In the place that the environment names (`ASSAY_VAR`, `ASSAY_OBJECT_STORE`). Prints one JSON object: how many
kills there were, and what was found, which must be nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

#: No scene takes so many steps; a run that gets here never ends.
MOST = 400


def main() -> int:
    os.environ["DATABASE_URL"] = sys.argv[1]
    import django

    django.setup()
    from django.conf import settings

    # A pool's threads do not survive a fork.
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
    from django.core.management import call_command

    from tenants.scope import platform_wide
    from tests.crash.scenes import SCENES

    whole = ExitStack()  # for good: what nobody keeps ends at once
    whole.enter_context(platform_wide())
    _in_child(lambda: call_command("migrate", verbosity=0))
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    kills, found = 0, []
    for scene in SCENES:
        for fatal in range(1, MOST, every):
            _in_child(_clear)
            _in_child(scene.before)
            was_killed = _in_child(lambda scene=scene, fatal=fatal: _act(scene, fatal))
            _in_child(scene.after)
            found += _findings(scene, fatal)
            if not was_killed:
                break
            kills += 1
        else:
            found.append(f"{scene.name}: takes more than {MOST} steps")
    print(json.dumps({"kills": kills, "found": found}))
    return int(bool(found) or not kills)


def _act(scene, fatal: int) -> None:
    from tests.crash.steps import Steps

    Steps(fatal).arm()
    scene.act()


def _in_child(function: Callable[[], None]) -> bool:
    """Run it in a process of its own; whether that was killed. Raises when it failed otherwise."""
    sys.stdout.flush()
    if not (pid := os.fork()):
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"A step of the test failed itself ({status}).")
    return False


def _findings(scene, fatal: int) -> list[str]:
    reader, writer = os.pipe()
    _in_child(lambda: os.write(writer, json.dumps(_look(scene)).encode()) and None)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        return [f"{scene.name}, killed at step {fatal}: {one}" for one in json.loads(answer.read())]


def _clear() -> None:
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    from registry import storage
    from registry.storage import spool

    tables = [model._meta.db_table for model in apps.get_app_config("registry").get_models()]
    flush = connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
    connection.ops.execute_sql_flush(flush)
    store = storage.current()
    for key in store.keys_older_than(timedelta(seconds=-10)):
        store.remove(key)
    shutil.rmtree(spool.folder(), ignore_errors=True)
    spool.folder().mkdir(parents=True)


def _look(scene) -> list[str]:
    """After days in which only collection ran: everything that is tagged is whole, and nothing else is there."""
    import time_machine
    from django.utils import timezone

    from registry import collect, contents, fsck, storage
    from registry.models import Blob, Manifest, Repository, RepositoryBlob, Tag, Upload
    from registry.storage import spool

    found = [f"fsck: {one}" for one in fsck.check() if one.code != "file-unknown"]
    now = timezone.now()
    for days in (2, 4, 6, 8):
        with time_machine.travel(now + timedelta(days=days), tick=True):
            collect.collect()
    with time_machine.travel(now + timedelta(days=10), tick=True):
        found += [f"fsck in the end: {one}" for one in fsck.check()]
    tagged = {f"{tag.repository.name}:{tag.name}" for tag in Tag.objects.select_related("repository")}
    if tagged != scene.kept:
        found.append(f"tags are {sorted(tagged)}")
    needed = set(Blob.objects.filter(manifest_links__manifest__tags__isnull=False))
    for blob in needed:
        contents.read(blob)  # raises for what is lost or damaged
    if len(needed) != (2 if scene.kept else 0):
        found.append(f"the image has {len(needed)} blobs")
    keys = set(storage.current().keys_older_than(timedelta(seconds=-10)))
    left = {
        "blobs": set(Blob.objects.all()) - needed,
        "keys": keys - {blob.storage_key for blob in needed},
        "links": set(RepositoryBlob.objects.exclude(blob__in=needed)),
        "uploads": set(Upload.objects.all()),
        "spool": set(spool.folder().iterdir()),
        "staging": set(Repository.objects.filter(is_staging=True)),
        "manifests": set(Manifest.objects.filter(tags=None, tag_events=None)),
    }
    return found + [f"left {name}: {sorted(map(str, things))}" for name, things in left.items() if things]


if __name__ == "__main__":
    sys.exit(main())

"""Charts within charts for tests, and what both helms make of them."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from typing import Any

import yaml

from tests.clients.shop import needed
from tests.shared import shared

#: Says all that the chart was given.
ALL_VALUES = """kind: ConfigMap
apiVersion: v1
metadata: {name: {{ .Template.BasePath | replace "/" "." | quote }}}
data: {values: {{ toJson .Values | quote }}}
"""
#: Says every image that the chart's own values name, by the conventions of charts.
EVERY_IMAGE = """{{- define "walk" }}
{{- $top := index . 0 }}
{{- range $key, $value := index . 1 }}
{{- if and (kindIs "map" $value) (not (hasKey $top.Subcharts $key)) (ne $key "global") }}
{{- if and $value.repository (or (hasKey $value "tag") (hasKey $value "registry")) }}
{{- $registry := default ($value.registry) (($top.Values.global).imageRegistry) }}
- image: "{{ with $registry }}{{ . }}/{{ end }}{{ $value.repository }}:{{ $value.tag | default $top.Chart.AppVersion }}
  {{- with $value.digest }}@{{ . }}{{ end }}"
{{- end }}
{{- include "walk" (list $top $value) }}
{{- end }}
{{- end }}
{{- end }}
kind: Everything
found:
{{- include "walk" (list $ .Values) }}
"""


def chart(
    path: str,
    *,
    values: dict[str, Any] | str | None = None,
    needs: Iterable[dict[str, Any]] = (),
    version: str = "1.0.0",
    **more: Any,
) -> dict[str, str]:
    """Files of one that is called as the folder at `path` is."""
    name = path.rstrip("/").rpartition("/")[2]
    said = {"apiVersion": "v2", "name": name, "version": version, **more}
    if needs:
        said["dependencies"] = [{"version": "1.0.0", "repository": "", **one} for one in needs]
    return {
        f"{path}Chart.yaml": yaml.safe_dump(said),
        f"{path}values.yaml": values if isinstance(values, str) else yaml.safe_dump(values or {}),
        f"{path}templates/all.yaml": ALL_VALUES,
    }


def well_known(name: str, at: str) -> dict[str, str]:
    """A real chart's facts and values, with a template that says its images."""
    found = {f"{at}templates/images.yaml": EVERY_IMAGE}
    with tarfile.open(shared("charts/chart-sources.tar.gz")) as archive:
        for file in ("Chart.yaml", "values.yaml"):
            member = archive.extractfile(f"{name}/{file}")
            assert member is not None
            found[f"{at}{file}"] = io.TextIOWrapper(member, encoding="utf-8").read()
    return found


def rendered(helm: str, archive: bytes, *told: str, values: str = "") -> list[dict[str, Any]]:
    """Every object that the program makes of the archive with these values. Raises AssertionError where it refuses."""
    with tempfile.NamedTemporaryFile(suffix=".tgz") as file:
        file.write(archive)
        file.flush()
        given = ("--values", "-") if values else ()
        command = [needed(helm), "template", "my", file.name, "--kube-version", "1.36.3", *given, *told]
        done = subprocess.run(command, input=values, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def values_in(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """What each chart was given, by the path of its templates."""
    return {one["metadata"]["name"]: json.loads(one["data"]["values"]) for one in objects}


def images_in(objects: Any) -> list[str]:
    """Every text called `image`, however deep."""
    if isinstance(objects, list):
        return [image for one in objects for image in images_in(one)]
    if not isinstance(objects, dict):
        return []
    own = [value for key, value in objects.items() if key == "image" and isinstance(value, str)]
    return own + [image for one in objects.values() for image in images_in(one)]

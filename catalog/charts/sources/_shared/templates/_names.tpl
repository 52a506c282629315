{{/* As helm users expect it: the release's name, and the chart's behind it unless the release has it already.
     52 characters: a StatefulSet's pods get a label of its name and a hash. */}}
{{- define "@chart@.name" -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- default $both .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "@chart@.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "@chart@.labels" -}}
{{ include "@chart@.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "@chart@.image" -}}
{{- $registry := required "Set image.registry to the host you pull from, for example --set image.registry=images.example.com" .Values.image.registry -}}
{{- printf "%s/%s@%s" (trimSuffix "/" $registry) .Values.image.repository .Values.image.digest -}}
{{- end -}}

{{/* What every container is held to. */}}
{{- define "@chart@.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{/* Places that the program writes to. */}}
{{- define "@chart@.writable" -}}
{{- $facts := include "@chart@.facts" . | fromYaml -}}
{{- range $place := $facts.scratch }}
- name: scratch
  mountPath: {{ $place }}
  subPath: {{ trimPrefix "/" $place | replace "/" "-" }}
{{- end }}
{{- with $facts.data }}
- name: data
  mountPath: {{ . }}
{{- end }}
{{- end -}}

{{/* What no schema can say. */}}
{{- define "@chart@.check" -}}
{{- range $path, $_ := .Values.secretFiles }}
{{- if hasKey $.Values.files $path }}
{{- fail (printf "%s stands in files and in secretFiles" $path) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "@chart@.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
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

{{- define "nginx.name" -}}
{{- printf "%s-nginx" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "nginx.selector" -}}
app.kubernetes.io/name: nginx
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "nginx.labels" -}}
{{ include "nginx.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "nginx.image" -}}
{{- $registry := required "Set image.registry to the host you pull from, for example --set image.registry=images.example.com" .Values.image.registry -}}
{{- printf "%s/%s@%s" (trimSuffix "/" $registry) .Values.image.repository .Values.image.digest -}}
{{- end -}}

{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "alertmanager.facts" -}}
port: 9093
probe: {httpGet: {path: /-/ready, port: main}}
scratch: [/tmp]
data: /var/lib/prometheus/alertmanager
group: 982
http: true
isOpen: true
{{- end -}}

{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "prometheus.facts" -}}
port: 9090
probe: {httpGet: {path: /-/ready, port: main}}
scratch: [/tmp]
data: /var/lib/prometheus/metrics2
group: 982
http: true
isOpen: true
{{- end -}}

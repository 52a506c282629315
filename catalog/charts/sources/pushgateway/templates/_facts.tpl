{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "pushgateway.facts" -}}
port: 9091
probe: {httpGet: {path: /-/ready, port: main}}
scratch: [/tmp]
http: true
isOpen: true
{{- end -}}

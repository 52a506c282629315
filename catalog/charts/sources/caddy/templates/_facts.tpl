{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "caddy.facts" -}}
port: 8080
probe: {httpGet: {path: /, port: main}}
scratch: [/tmp, /var/lib/caddy]
http: true
{{- end -}}

{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "memcached.facts" -}}
port: 11211
probe: {tcpSocket: {port: main}}
scratch: [/tmp]
isOpen: true
{{- end -}}

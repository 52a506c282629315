{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "nats.facts" -}}
port: 4222
probe: {tcpSocket: {port: main}}
scratch: [/tmp]
data: /data
group: 966
isOpen: true
{{- end -}}

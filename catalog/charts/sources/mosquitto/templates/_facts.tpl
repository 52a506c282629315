{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "mosquitto.facts" -}}
port: 1883
probe: {tcpSocket: {port: main}}
scratch: [/tmp]
data: /var/lib/mosquitto
group: 975
isOpen: true
{{- end -}}

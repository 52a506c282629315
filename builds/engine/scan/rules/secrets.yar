// Secrets that nobody means to ship. A match is enough for a finding; examples of documentation are left out.

private rule is_binary { condition: uint32be(0) == 0x7f454c46 }
// A cryptographic library tests itself with keys of its own when it starts (FIPS 140-3, known-answer tests).
private rule tests_itself {
  strings: $a = "self-test" nocase $b = "self test" nocase $c = "selftest" nocase $d = "self_test" nocase $e = "\x00FIPS" $f = "fips140"
  condition: is_binary and any of them
}

rule private_key : secret {
  meta: sentence = "holds a private key"
  strings:
    $pem = /-----BEGIN (RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(\r?\n|\\n)([A-Za-z][A-Za-z\-]{2,20}: [^\n]{1,80}\n|\n){0,4}[A-Za-z0-9+\/=]{48,80}(\r?\n|\\n)/
    $putty = /PuTTY-User-Key-File-[23]: (ssh|ecdsa)-/
  condition: ($pem or $putty) and not tests_itself
}

rule cloud_access_key : secret {
  meta: sentence = "holds an access key of a cloud"
  strings:
    $aws = /\b(AKIA|ASIA)[A-Z2-7]{16}\b/ $example = /\b(AKIA|ASIA)[A-Z2-7]{9}EXAMPLE\b/
    $google = /\bAIza[0-9A-Za-z_\-]{35}\b/ $account = /"private_key_id":\s{0,4}"[0-9a-f]{40}"/
  condition: not is_binary and ((#aws > #example) or $google or $account)
}

rule service_token : secret {
  meta: sentence = "holds a token of a service"
  strings:
    $github = /\bgh[pousr]_[A-Za-z0-9]{36}\b/ $gitlab = /\bglpat-[A-Za-z0-9_\-]{20}\b/ $slack = /\bxox[abprs]-[0-9]{8,14}-[0-9A-Za-z\-]{20,80}\b/
    $npm = /\bnpm_[A-Za-z0-9]{36}\b/ $stripe = /\b[sr]k_live_[0-9A-Za-z]{24,99}\b/ $pypi = /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{50,200}/
  condition: not is_binary and any of them
}

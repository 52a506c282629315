// What a program is able to do, seen from the functions it imports. Nothing here is bad by itself; a release
// whose packages can suddenly do more is what somebody should look at. Statically linked programs show less.

private rule is_elf { condition: uint32be(0) == 0x7f454c46 }

rule listens_on_network : capability {
  meta: sentence = "accepts network connections"
  strings: $a = "\x00listen\x00" $b = "\x00accept\x00" $c = "\x00accept4\x00"
  condition: is_elf and $a and ($b or $c)
}

rule connects_to_network : capability {
  meta: sentence = "opens network connections"
  strings: $a = "\x00connect\x00" $b = "\x00getaddrinfo\x00" $c = "\x00gethostbyname\x00"
  condition: is_elf and any of them
}

rule captures_packets : capability {
  meta: sentence = "reads other programs' network packets"
  strings: $a = "\x00pcap_open_live\x00" $b = "\x00pcap_create\x00" $c = "\x00pcap_activate\x00"
  condition: is_elf and any of them
}

rule runs_programs : capability {
  meta: sentence = "starts other programs"
  strings:
    $a = "\x00execve\x00" $b = "\x00execvp\x00" $c = "\x00execv\x00" $d = "\x00posix_spawn\x00"
    $e = "\x00posix_spawnp\x00" $f = "\x00popen\x00" $g = "\x00system\x00" $h = "\x00execl\x00" $i = "\x00execlp\x00"
  condition: is_elf and any of them
}

rule runs_from_memory : capability {
  meta: sentence = "runs programs that lie in no file"
  strings: $a = "\x00memfd_create\x00" $b = "\x00fexecve\x00" $c = "\x00execveat\x00"
  condition: is_elf and $a and ($b or $c)
}

rule loads_code : capability {
  meta: sentence = "loads libraries while it runs"
  strings: $a = "\x00dlopen\x00"
  condition: is_elf and $a
}

rule reads_other_processes : capability {
  meta: sentence = "reads or changes other processes"
  strings: $a = "\x00ptrace\x00" $b = "\x00process_vm_readv\x00" $c = "\x00process_vm_writev\x00"
  condition: is_elf and any of them
}

rule loads_kernel_code : capability {
  meta: sentence = "loads modules or programs into the kernel"
  strings:
    $a = "\x00init_module\x00" $b = "\x00finit_module\x00" $c = "\x00kmod_module_insert_module\x00"
    $d = "\x00bpf_prog_load\x00" $e = "\x00bpf_object__load\x00"
  condition: is_elf and any of them
}

rule mounts_file_systems : capability {
  meta: sentence = "mounts file systems"
  strings: $a = "\x00mount\x00" $b = "\x00umount2\x00" $c = "\x00pivot_root\x00"
  condition: is_elf and any of them
}

rule changes_user : capability {
  meta: sentence = "changes the user it runs as, or its privileges"
  strings:
    $a = "\x00setuid\x00" $b = "\x00setresuid\x00" $c = "\x00seteuid\x00" $d = "\x00setreuid\x00"
    $e = "\x00setgroups\x00" $f = "\x00capset\x00" $g = "\x00cap_set_proc\x00"
  condition: is_elf and any of them
}

rule enters_namespaces : capability {
  meta: sentence = "makes or enters namespaces"
  strings: $a = "\x00unshare\x00" $b = "\x00setns\x00"
  condition: is_elf and any of them
}

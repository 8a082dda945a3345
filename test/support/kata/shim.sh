#!/bin/sh
# A stand-in for containerd-shim-kata-v2: its words, and containerd's own shim for the rest, with another runtime behind it.
for argument; do
  case "$argument" in
  --version)
    # kata-containers 4.1.0: src/runtime/cmd/containerd-shim-kata-v2/main.go, src/runtime-rs/crates/shim/src/bin/main.rs
    cat '@DIR@/version'
    exit "$(cat '@DIR@/version-exit')"
    ;;
  esac
done
# That shim starts itself once more by its own path, and finds its runtime in PATH: both are in this folder.
PATH="@DIR@:$PATH" exec '@DIR@/@NAME@' "$@"

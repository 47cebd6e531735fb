#!/bin/sh
# Links what .ci/build-broker has compiled once more, for the image: with the C library and all others inside, so that
# the image needs no other file to run it, and as small as it gets.
# Usage: link.sh OUTPUT; what it was linked from is in OUTPUT.d
set -eu
cd "$(dirname "$0")/../.."

output=${1:?usage: link.sh OUTPUT}
objects=.build-broker/release/chat-broker.product/Objects.LinkFileList
[ -f "$objects" ] || {
  echo "$objects is missing: run .ci/build-broker first" >&2
  exit 66
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Tables for unwinding are a seventh of the program. Swift needs none; the C library does, when a thread ends. So those of
# Swift go: of the modules and of its own libraries. Debuggers want them: they are in .build-broker/release/chat-broker.
# What the compiler notes for its own next run, .swift_modhash, goes too: it differs from one run to the next.
shrink() {
  "$(.ci/toolchain llvm-objcopy)" --strip-debug --remove-section=.eh_frame --remove-section=.rela.eh_frame \
    --remove-section=.swift_modhash "$@"
}
"$(.ci/toolchain llvm-ar)" qcS "$work/all.a" "@$objects"
shrink "$work/all.a" "$work/modules.a"
runtime=$("${SWIFT:-swift}" -print-target-info -static-stdlib | sed -nE 's/.*"runtimeResourcePath" *: *"([^"]*)".*/\1/p')
cp --recursive --symbolic-link "$runtime" "$work/runtime"
for library in swiftCore swift_Concurrency swift_StringProcessing swift_RegexParser FoundationEssentials \
  _FoundationCollections; do
  rm "$work/runtime/linux/lib$library.a"
  shrink "$runtime/linux/lib$library.a" "$work/runtime/linux/lib$library.a"
done

# Which libraries of Swift the modules want: the compiler asks objects for that, but not archives.
"$(.ci/toolchain swift-autolink-extract)" "$work/all.a" -o "$work/libraries"

# The C libraries that Package.swift names; -static takes their archives.
libraries=$(sed -nE 's/.*pkgConfig: "([^"]+)".*/\1/p' Package.swift | sort -u)
# shellcheck disable=SC2086
flags=$(pkg-config --static --libs $libraries)

# The driver wants an object, and puts it before the flags by which all members of the archive are taken.
"$(.ci/toolchain clang)" -x c -c /dev/null -o "$work/empty.o"
# shellcheck disable=SC2086
"${SWIFT:-swift}c" -static-executable -emit-executable -module-name chat_broker -o "$output" "$work/empty.o" \
  -resource-dir "$work/runtime" \
  -Xlinker --whole-archive -Xlinker "$work/modules.a" -Xlinker --no-whole-archive "@$work/libraries" \
  -use-ld=lld -Xlinker --gc-sections -Xlinker "--dependency-file=$output.d" \
  -Xlinker --defsym -Xlinker main=chat_broker_main \
  $flags -lz -lm

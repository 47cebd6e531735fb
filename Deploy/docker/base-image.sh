#!/usr/bin/env bash
# Makes the image that the build starts from, without a registry: Debian 12 from its packages, with what Swift's own
# image has besides the toolchain. build-image.sh mounts the toolchain of this machine.
# Usage: base-image.sh IMAGE
set -euo pipefail
cd "$(dirname "$0")/../.."

image=${1:?usage: base-image.sh IMAGE}
# What compiling, linking and Swift's package manager need; .ci/deps would add the libraries, but here is faster.
packages=(
  binutils ca-certificates git libc6-dev libcurl4 libgcc-12-dev libncurses6 libprotobuf-c-dev libsqlite3-dev
  libstdc++-12-dev libxml2 libyaml-dev pkg-config zlib1g-dev
)
toolchain=$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")

# Made anew when the list changes, or by `make clean`.
key=$(printf '%s\n' "${packages[@]}" "$toolchain" | sha256sum | cut -c 1-16)
label='{{index .OCIv1.Config.Labels "chat-broker.base"}}'
[ "$(buildah inspect --type image --format "$label" "$image" 2>/dev/null)" != "$key" ] || exit 0

mkdir -p .build-image
archive=.build-image/base.tar
list=$(IFS=, && echo "${packages[*]}")
# Without documents; as root, so that owners are kept.
mmdebstrap --quiet --aptopt='Acquire::Retries "5"' --variant=minbase --include="$list" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' bookworm "$archive"
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$archive" / >/dev/null
buildah config --label "chat-broker.base=$key" \
  --env "PATH=$toolchain:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$container"
buildah commit --quiet "$container" "$image" >/dev/null
rm -f "$archive"

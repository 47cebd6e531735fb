#!/usr/bin/env bash
# Builds the image with the Dockerfile, without Docker and without a registry, and says how large it is.
# Usage: build-image.sh [IMAGE]; needs root, for mounts.
#
#   SOURCE_DATE_EPOCH  the time of all files, by default that of the commit
#   CHAT_IMAGE_LAYOUT  where the image is packed as a registry gets it, by default .build-image/oci; its program is
#                      put beside that, as chat-broker, for who wants to try it without a container
#   REVISION           the commit, by default the one that is checked out
set -euo pipefail
cd "$(dirname "$0")/../.."

image=${1:-localhost/chat-broker:test}
# What an image may weigh as it travels, in bytes.
most=15000000
base=localhost/chat-broker-base:bookworm
# What the Dockerfile begins with. For the build, our base has that name.
named=$(sed -nE 's/^ARG SWIFT_IMAGE=(.+)$/\1/p' Deploy/docker/Dockerfile)
version=$(sed -nE 's/.*static let number = "([^"]+)".*/\1/p' Sources/chat-broker/Version.swift)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
revision=${REVISION:-$(git rev-parse HEAD)}
# Which does not work on an overlay: in a container, /var/lib/containers has to be a volume.
export STORAGE_DRIVER=${STORAGE_DRIVER:-overlay}

# The toolchain of this machine, and its headers. In Swift's own image the toolchain lies among what Debian has in /usr;
# then the build gets all of that, and the list of the packages that it is of, since it is those that are linked.
prefix=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")")")
case $prefix in
  / | /usr) toolchain=(--volume /usr:/usr:ro --volume /var/lib/dpkg:/var/lib/dpkg:ro) ;;
  *) toolchain=(--volume "$prefix:$prefix:ro" --volume /usr/include:/usr/include:ro) ;;
esac

Deploy/docker/base-image.sh "$base"

# Who has pulled the real one gets its name back.
id() { buildah images --quiet --no-trunc "$1" 2>/dev/null || true; }
real=$(id "$named")
# What a build that was killed has left.
if [ "$real" = "$(id "$base")" ]; then real=; fi
give_back() {
  if [ -n "$real" ]; then buildah tag "$real" "$named"; else buildah rmi "$named" >/dev/null; fi
}
buildah tag "$base" "$named"
trap give_back EXIT

# The build runs on the sources in this folder, by its own name: so it goes on with what `make broker` has compiled in
# .build-broker, and only links. SwiftPM knows files by path, time and size, and those that COPY makes are hidden
# by the mount; the headers of this machine are mounted for the same reason, since a newer package of the base would have
# newer ones. Where nothing was compiled before, the same commands compile it all, which takes minutes.
# --format docker, because that of OCI has no HEALTHCHECK. --timestamp for the same digest each time. --pull=never: a
# registry would have another image of that name.
buildah bud --quiet --pull=never --isolation chroot --network host --format docker --layers=false \
  --timestamp "$SOURCE_DATE_EPOCH" \
  --file Deploy/docker/Dockerfile --ignorefile Deploy/docker/Dockerfile.dockerignore \
  --volume "$PWD:$PWD" "${toolchain[@]}" \
  --build-arg SOURCE="$PWD" --build-arg SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
  --build-arg VERSION="$version" --build-arg REVISION="$revision" \
  --build-arg CREATED="$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
  --tag "$image" .

# As a registry would get it: layers packed with gzip, as small as that makes them.
layout=${CHAT_IMAGE_LAYOUT:-.build-image/oci}
rm -rf "$layout"
skopeo copy --quiet --dest-compress-format gzip --dest-compress-level 9 "containers-storage:$image" "oci:$layout:test"
python3 - "$layout" "$image" "$most" <<'PYTHON'
import json
import pathlib
import sys
import tarfile

layout, image, most = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def blob(descriptor):
    return json.loads((layout / "blobs" / descriptor["digest"].replace(":", "/")).read_text())


manifest = blob(json.loads((layout / "index.json").read_text())["manifests"][0])
(packed,) = manifest["layers"]
program = layout.with_name("chat-broker")
with tarfile.open(layout / "blobs" / packed["digest"].replace(":", "/")) as archive:
    found = next(member for member in archive if member.name.lstrip("./") == "usr/bin/chat-broker")
    program.unlink(missing_ok=True)
    program.write_bytes(archive.extractfile(found).read())
    program.chmod(0o755)
size = sum(layer["size"] for layer in manifest["layers"])
for layer, content in zip(manifest["layers"], blob(manifest["config"])["rootfs"]["diff_ids"]):
    print(f"layer {content}: {layer['size']:,} bytes compressed")
print(f"{image}: {size:,} bytes compressed ({size / 1e6:.2f} MB), at most {most:,}")
if size > most:
    sys.exit(f"the image is {size - most:,} bytes too large: find out what made it grow")
PYTHON

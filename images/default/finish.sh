#!/bin/sh
# The last step of the default image, run inside it as root by both ways of making it (Dockerfile, mmdebstrap).
set -eu

# The agent's user: the official node image already has a user with this id.
if old=$(id -un 1000 2>/dev/null); then
  usermod --login agent --home /home/agent --move-home "$old"
  groupmod --new-name agent "$(id -gn 1000)"
else
  useradd --uid 1000 --user-group --shell /bin/bash --create-home --home-dir /home/agent agent
fi
chmod 0755 /home/agent # gVisor looks at the folder under a mount when it resolves `..`
install -d -o agent -g agent /work

# No program gains rights by its file: gVisor does not report no-new-privileges, so here it cannot matter.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +

# What belongs to the host that made the image, not to the image. In a container the last two are mounts: they stay.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap /var/lib/apt/lists/*
rm -f /etc/hostname /etc/resolv.conf 2>/dev/null || true

'use strict';
// Loaded before the program: what macOS has not is not there for it. Programs that it starts have all of this host.
const fs = require('node:fs');
const os = require('node:os');

const LINUX_ALONE =
  /^\/(?:usr\/)?(?:local\/)?s?bin\/(?:docker|dockerd|podman|bwrap|prlimit|setpriv|unshare|nsenter|ip|nft|getent|flock|losetup|mount|qemu-system-.*|firecracker|runc|crun|runsc|nerdctl|containerd.*|mmdebstrap|debootstrap|dpkg|apt-get|ps|sysctl)$/;
const isHidden = (path) =>
  typeof path === 'string' &&
  (/^\/(?:proc|sys)(?:\/|$)/.test(path) || path === '/etc/os-release' || LINUX_ALONE.test(path));

const missing = (call, path) =>
  Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), {
    code: 'ENOENT',
    errno: -2,
    syscall: call,
    path,
  });

for (const [name, original] of Object.entries(fs)) {
  if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue;
  fs[name] = Object.assign(function (path, ...rest) {
    if (!isHidden(path)) return original.call(this, path, ...rest);
    if (name === 'existsSync') return false;
    const last = rest.at(-1);
    if (typeof last === 'function') return process.nextTick(last, missing(name, path));
    if (name.endsWith('Sync') && rest[0]?.throwIfNoEntry === false) return undefined;
    throw missing(name, path);
  }, original);
}
for (const [name, original] of Object.entries(fs.promises)) {
  if (typeof original !== 'function') continue;
  fs.promises[name] = async (path, ...rest) => {
    if (isHidden(path)) throw missing(name, path);
    return await original(path, ...rest);
  };
}

// What starts a Node of its own (the gateway, what records the end) starts one for which the same holds.
process.execPath = require('node:path').join(__dirname, 'node');
Object.defineProperty(process, 'platform', { value: 'darwin' });
os.platform = () => 'darwin';
os.type = () => 'Darwin';
os.release = () => '25.1.0';

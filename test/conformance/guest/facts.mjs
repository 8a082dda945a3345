/** What a program of the agent's sees of its bottle, as one line of JSON: `node facts.mjs`. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

const attempt = (body) => {
  try {
    return body() ?? null;
  } catch (error) {
    return error.code ?? error.message;
  }
};

/** What writing a file there meets: null when it can be written. */
const writing = (folder) =>
  attempt(() => {
    const path = `${folder}/.written-by-a-test`;
    writeFileSync(path, 'x');
    unlinkSync(path);
  });

const status = Object.fromEntries(
  readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .map((line) => line.split(/:\s+/)),
);

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
const FOLDERS = ['/', '/usr', '/etc', '/bin', '/opt', '/proc/sys/kernel', '/work', '/tmp', process.env.HOME];

console.log(
  JSON.stringify({
    uid: process.getuid(),
    gid: process.getgid(),
    groups: process.getgroups(),
    cwd: process.cwd(),
    env: process.env,
    hostname: hostname(),
    node: process.version,
    status,
    namespaces: Object.fromEntries(
      NAMESPACES.map((name) => [name, attempt(() => readlinkSync(`/proc/self/ns/${name}`))]),
    ),
    writing: Object.fromEntries(FOLDERS.map((folder) => [folder, writing(folder)])),
    tmpBytes: attempt(() => {
      const { blocks, bsize } = statfsSync('/tmp');
      return blocks * bsize;
    }),
    processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
    devices: readdirSync('/dev').sort(),
    interfaces: attempt(() =>
      readFileSync('/proc/net/dev', 'utf8')
        .match(/^\s*[^\s:]+(?=:)/gm)
        .map((name) => name.trim()),
    ),
    openFiles: attempt(() => execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    locale: attempt(() => execFileSync('locale', ['charmap'], { encoding: 'utf8' }).trim()),
    userName: attempt(() => execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()),
    engineSocket: ['/var/run/docker.sock', '/run/docker.sock', '/run/podman/podman.sock'].map((path) =>
      attempt(() => {
        readFileSync(path);
      }),
    ),
    newUserNamespace: attempt(() =>
      execFileSync('unshare', ['--user', '--map-root-user', 'id', '-u'], {
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim(),
    ),
    setuid: attempt(() => process.setuid(0)),
    mounting: attempt(() => execFileSync('mount', ['-t', 'tmpfs', 'none', '/tmp'], { stdio: 'pipe' })),
  }),
);

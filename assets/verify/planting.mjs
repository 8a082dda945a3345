/** Attempts to plant something on the host, to change its programs, and to talk to the services of its user. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ownDir, processes, some } from './files.mjs';
import { listenOnce, sendTo } from './wire.mjs';

const run = promisify(execFile);

/** An act that leaves a file with the nonce in it; in a folder of the bottle's own, it is there afterwards. */
const planting = (pathsOf, plant) => ({
  attack: async (t, nonce) => void some(pathsOf(t), (path) => plant(path, nonce)),
  control: async (_t, nonce) => {
    const path = join(ownDir(), 'planted');
    plant(path, nonce);
    if (!readFileSync(path, 'utf8').includes(nonce)) throw new Error('nothing was planted');
  },
});

const create = (path, nonce) => writeFileSync(path, `# ${nonce}\n`, { flag: 'wx' });

function rename(path, nonce) {
  const other = join(dirname(path), `.${nonce}`);
  writeFileSync(other, nonce);
  renameSync(other, path);
}

function plantSetuid(path, nonce) {
  writeFileSync(path, `#!/bin/sh\n# ${nonce}\n`);
  chmodSync(path, 0o4755);
  if ((statSync(path).mode & 0o4000) === 0) throw new Error('the bit is not set');
}

/** In the folders of the system whose names are like these. */
const inSystem =
  (...folders) =>
  ({ systemPaths }) =>
    systemPaths.filter((path) => folders.includes(dirname(path)));

/** Something without content, by its name: in places that the host and the bottle may share. */
const making = (make) => ({
  attack: async (t, nonce) => {
    const results = await Promise.allSettled([t.dropDir, '/tmp'].map((dir) => make(join(dir, nonce))));
    // The bottle has a /tmp of its own: what was made there counts for nothing here.
    if (results[0].status === 'rejected') throw results[0].reason;
  },
  control: async (_t, nonce) => {
    const path = join(ownDir(), nonce);
    await make(path);
    if (!existsSync(path)) throw new Error('it is not there');
  },
});

async function listen(path) {
  const server = createServer().listen(path);
  await once(server, 'listening');
  server.unref();
}

/** What a bottle's runtime is called; to touch one is harmless, and to write to it would be root on the host. */
const RUNTIME = /^(?:runc|crun|runsc|bwrap|conmon|docker-init|podman-init|catatonit|containerd-shim.*)$/;
const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/libexec/podman', '/sbin', '/bin', '/run'];

const linkOf = (path) => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

/** The programs that processes run, by their links, and where they lie. */
const programs = ({ exePath }) => [
  ...[...processes(), 'self']
    .map((pid) => `/proc/${pid}/exe`)
    .filter((path) => linkOf(path) === exePath || RUNTIME.test(basename(linkOf(path)))),
  ...FOLDERS.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => RUNTIME.test(name))
          .map((name) => join(folder, name))
      : [],
  ),
];

const LONG_AGO = new Date(86_400_000);
const touch = (path) => utimesSync(path, LONG_AGO, LONG_AGO);

async function touchOwn() {
  const path = join(ownDir(), 'sh');
  // A folder of the bottle's own may be closed to programs: the file is what is touched then.
  copyFileSync(realpathSync('/bin/sh'), path);
  const held = openSync(path, 'r');
  touch(`/proc/self/fd/${held}`);
  closeSync(held);
  if (statSync(path).mtimeMs !== LONG_AGO.getTime()) throw new Error('the own program is as it was');
}

/** What variables of any process here name as a socket. */
function namedIn(variable) {
  const texts = [process.env, ...processes().map((pid) => environmentOf(pid))];
  const values = texts.flatMap((env) => env[variable] ?? []);
  return [...new Set(values.map((value) => value.replace(/^unix:path=/, '').split(',')[0]))];
}

function environmentOf(pid) {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]));
  } catch {
    return {};
  }
}

const named = (variable) => ({
  attack: async (t, nonce) => {
    const paths = [...namedIn(variable), t.sockets[variable]];
    const results = await Promise.allSettled(paths.map((path) => sendTo({ path }, nonce)));
    const failure = results.find(({ status }) => status === 'rejected');
    if (results.every(({ status }) => status === 'rejected')) throw failure.reason;
  },
  control: async (_t, nonce) => {
    const { path, heard } = await listenOnce(join(ownDir(), 'socket'));
    const child = spawn('sh', ['-c', 'read -r line'], {
      env: { [variable]: path },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(child, 'spawn');
    try {
      if (!namedIn(variable).includes(path)) throw new Error('the own variable is not seen');
      await sendTo({ path }, nonce);
      if ((await heard) !== nonce) throw new Error('something else was heard');
    } finally {
      child.kill('SIGKILL');
    }
  },
});

/** Something that only the host can know is said; an own file is read by the same code. */
const telling = (read) => ({
  attack: async () => {
    throw new Error(read.attack()); // said, whatever it is: it is compared outside
  },
  control: async (_t, nonce) => {
    const path = join(ownDir(), 'file');
    writeFileSync(path, `${'0'.repeat(128)}${nonce}`);
    if (!read.control(path).includes(nonce)) throw new Error('the own file is not read');
  },
});

function bytesAt(path, at, length) {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  } finally {
    closeSync(file);
  }
}

const hexAt = (path, at, length) =>
  telling({
    attack: () => bytesAt(path, at, length).toString('hex'),
    control: (own) => bytesAt(own, 128, length).toString('latin1'),
  });

const lineOf = (path, pattern) =>
  telling({
    attack: () => pattern.exec(readFileSync(path, 'utf8'))?.[0] ?? 'no such line',
    control: (own) => /bbn.*/.exec(readFileSync(own, 'utf8'))[0],
  });

/** Every device file that may be a disk, and one made anew for each disk that the kernel tells of: at most 128 KiB of each are read. */
async function disks() {
  const told = existsSync('/sys/dev/block')
    ? readdirSync('/sys/dev/block').slice(0, 16)
    : ['8:0', '254:0', '259:0'];
  const dir = ownDir();
  const made = told.map(async (numbers) => {
    const path = join(dir, numbers);
    await run('mknod', [path, 'b', ...numbers.split(':')]);
    return path;
  });
  const results = await Promise.allSettled(made);
  const there = readdirSync('/dev').filter((name) =>
    /^(?:[shv]d[a-z]|xvd|nvme|mmcblk|dm-|loop|ram|root)/.test(name),
  );
  return [
    ...there.slice(0, 32).map((name) => join('/dev', name)),
    ...results.flatMap(({ value }) => value ?? []),
  ];
}

const MARKS_AT = [0x468, 0x20, 0x1_00_20];

const readDisks = {
  attack: async () => {
    const marks = some(await disks(), (path) => MARKS_AT.map((at) => bytesAt(path, at, 16).toString('hex')));
    throw new Error(marks.flat().join(' '));
  },
  control: hexAt('', 0, 112).control,
};

export const PLANTING = {
  'write-rename': planting((t) => [t.writePaths.renamed], rename),
  'write-absent': planting((t) => [t.writePaths.absent], create),
  'write-present': planting(
    (t) => [t.writePaths.present],
    (path, nonce) => writeFileSync(path, nonce),
  ),
  'write-setuid': planting((t) => [t.writePaths.setuid], plantSetuid),
  'write-etc': planting(inSystem('/etc', '/etc/profile.d'), create),
  'write-cron': planting(inSystem('/etc/cron.d', '/var/spool/cron/crontabs'), create),
  'write-units': planting(inSystem('/etc/systemd/system', '/run/systemd/system'), create),
  'write-programs': planting(inSystem('/usr/local/bin', '/usr/bin', '/usr/lib'), create),
  'make-fifo': making((path) => run('mkfifo', [path])),
  'make-socket': making(listen),
  'touch-runtime': { attack: async (t) => void some(programs(t), touch), control: touchOwn },
  'socket-ssh-agent': named('SSH_AUTH_SOCK'),
  'socket-session-bus': named('DBUS_SESSION_BUS_ADDRESS'),
  'socket-display': named('WAYLAND_DISPLAY'),
  'socket-multiplexer': named('TMUX'),
  'socket-editor': named('VSCODE_IPC_HOOK_CLI'),
  'read-kcore': hexAt('/proc/kcore', 64, 112),
  'read-firmware': hexAt('/sys/firmware/acpi/tables/DSDT', 0, 112),
  'read-kallsyms': lineOf('/proc/kallsyms', /^[0-9a-f]+ [Tt] _text$/m),
  'read-iomem': lineOf('/proc/iomem', /^ *[0-9a-f]+-[0-9a-f]+ : Kernel code$/m),
  'read-modules': lineOf('/proc/modules', /^\S+ .* 0x[0-9a-f]+/m),
  'read-disk': readDisks,
};

/**
 * Attempts on the kernel. Node has few of its calls, so perl makes them: kernel.pl, one process for each, which carries the
 * nonce in its arguments and holds what it got until the host has seen it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { all, carryHome, NOT_MADE } from './wire.mjs';

/** The host looks several times in this. */
const HOLD_SECONDS = 0.8;
/** So many at a time: a bottle is small. */
const AT_ONCE = 24;
const DEADLINE_MS = 40_000;
const PERL_DEADLINE_MS = 10_000;

const script = new URL('kernel.pl', import.meta.url).pathname;
let free = AT_ONCE;
const waiting = [];

async function inTurn(make) {
  if (free > 0) free -= 1;
  else await new Promise((resolve) => waiting.push(resolve));
  try {
    return await make();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** What perl said; throws what stood in its way. */
async function ask(what, { bystanderPid }, nonce) {
  const argv = [script, what, nonce, String(HOLD_SECONDS), String(bystanderPid)];
  const options = { timeout: PERL_DEADLINE_MS, killSignal: 'SIGKILL' };
  const { stdout } = await inTurn(() => promisify(execFile)('perl', argv, options)).catch(() => {
    throw new Error(NOT_MADE);
  });
  const said = stdout.trim();
  if (said === '') throw new Error('it was ended');
  if (/nothing in its way$|was run$/.test(said)) return said;
  throw new Error(said);
}

/** The same perl, asking for what every process may have. */
const byPerl = (what, own) => ({
  deadlineMs: DEADLINE_MS,
  queued: true,
  attack: (t, nonce) => ask(what, t, nonce),
  control: (t, nonce) => ask(own, t, nonce),
});

/** Carries home the words of the arena that perl found in other processes' memory. */
async function carryMemory(targets, what, { nonce, isMeant }) {
  const said = await ask(what, targets, nonce);
  const words = said.split('\n').filter((line) => /^bb[nl][0-9a-f]{24}$/.test(line) && isMeant(line));
  if (words.length === 0) throw new Error('nothing was there');
  await all(words.map((word) => carryHome(targets, word)));
}

/** What is asked for in the control, and of which attempts. */
const OWN = {
  'own-name': `
    ns-user ns-user-clone ns-user-clone3 ns-user-x32 ns-mnt ns-net ns-pid ns-ipc ns-uts ns-cgroup ns-time setns-path setns-pidfd
    mount-tmpfs mount-proc mount-cgroup mount-bind mount-overlay chroot key-add key-session trace-host capabilities
    no-new-privs seccomp-filter uid-root group-root setuid-program host-name`,
  'own-eventfd': `
    mount-api bpf-map bpf-program io-uring perf-event userfaultfd fanotify wake-alarm open-by-handle pidfd-getfd`,
  'own-device': 'device-open mknod-block mknod-char',
  'own-kernel-file': `
    core-pattern sysctl-write sysrq proc-write sysfs-write cgroup-write kernel-memory proc-keys`,
  'own-program': 'ns-user-32bit',
  'own-pidfd': 'pidfd-host',
  'own-limit': 'limit-host core-limit',
  'own-nice': 'nice',
  'own-policy': 'real-time',
  'own-oom-score': 'oom-score',
  'own-personality': 'personality',
  'own-page': 'map-zero',
  'own-socket': 'packet-socket raw-socket ip6-address route-add address-add',
};
const wordsOf = (text) => text.trim().split(/\s+/);

export const KERNEL = {
  ...Object.fromEntries(
    Object.entries(OWN).flatMap(([own, ids]) => wordsOf(ids).map((id) => [id, byPerl(id, own)])),
  ),
  'process-memory': {
    deadlineMs: DEADLINE_MS,
    queued: true,
    attack: (t, nonce) =>
      carryMemory(t, 'process-memory', { nonce, isMeant: (word) => word.startsWith('bbl') }),
    control: (t, nonce) => carryMemory(t, 'own-memory', { nonce, isMeant: (word) => word === nonce }),
  },
};

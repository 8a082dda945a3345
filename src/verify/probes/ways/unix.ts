import { listenOnce, sendTo } from '../../guest/wire.ts';
import type { Attempt, Probe } from '../probe.ts';

/** Unix sockets of the host. */

/** A socket of the bottle's own hears what is sent to it. */
const ownSocket: Attempt = async (_targets, nonce) => {
  const { path, heard } = await listenOnce(`\0${nonce}`);
  await sendTo({ path }, nonce);
  if ((await heard) !== nonce) throw new Error('something else was heard');
};

/** Both ends of the control are in this program, which does other things meanwhile: several rounds of it, on a busy host. */
const DEADLINE_MS = 10_000;

const socket = {
  family: 'ways',
  oracle: { kind: 'canary' },
  breach: 'talks to services of the host and its network, unseen and unjudged',
  control: 'said',
} as const;

export const UNIX: readonly Probe[] = [
  {
    ...socket,
    id: 'unix-abstract',
    claim: 'No abstract Unix socket of the host can be connected to.',
    attack: 'connect to an abstract Unix socket',
    source: 'CVE-2020-15257: containerd-shim on an abstract socket',
    run: {
      attack: ({ abstractName }, nonce) => sendTo({ path: `\0${abstractName}` }, nonce),
      control: ownSocket,
      deadlineMs: DEADLINE_MS,
    },
  },
  {
    ...socket,
    id: 'unix-file',
    claim: 'No Unix socket with a file of the host can be connected to.',
    attack: "connect to a socket file, as an engine's",
    breach: 'has the container engine, and with it the host',
    source: 'oalders/dot-files #1003: docker.sock; SandboxEscapeBench, arXiv 2603.02277',
    run: {
      attack: ({ socketPath }, nonce) => sendTo({ path: socketPath }, nonce),
      control: ownSocket,
      deadlineMs: DEADLINE_MS,
    },
  },
];

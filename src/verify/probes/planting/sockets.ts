import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketVariable } from '../../arena/targets.ts';
import { ownDir } from '../../guest/file-attempts.ts';
import { processes } from '../../guest/processes.ts';
import { all, listenOnce, sendTo } from '../../guest/wire.ts';
import type { Probe, Run } from '../probe.ts';

/** Attempts on services of the user's session, through the sockets that variables name. */

/** Returns the sockets that this variable names in any process here. */
function namedIn(variable: SocketVariable): string[] {
  const texts = [process.env, ...processes().map(environmentOf)];
  const values = texts.flatMap((env) => env[variable] ?? []);
  return [...new Set(values.map((value) => value.replace(/^unix:path=/, '').split(',')[0] ?? ''))];
}

function environmentOf(pid: string): NodeJS.ProcessEnv {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(
      pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    );
  } catch {
    return {};
  }
}

const SEEN_MS = 2_000;

/** Waits for a process's environment, which is visible only after a moment. @throws Error when it does not appear */
async function untilNamed(variable: SocketVariable, path: string): Promise<void> {
  for (const end = Date.now() + SEEN_MS; !namedIn(variable).includes(path); await sleep(20)) {
    if (Date.now() > end) throw new Error('the own variable is not seen');
  }
}

const named = (variable: SocketVariable): Run => ({
  attack: (t, nonce) =>
    all([...namedIn(variable), t.sockets[variable]].map((path) => sendTo({ path }, nonce))),
  control: async (_t, nonce) => {
    const { path, heard } = await listenOnce(join(ownDir(), 'socket'));
    const child = spawn('sh', ['-c', 'read -r line'], {
      env: { [variable]: path },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(child, 'spawn');
    try {
      await untilNamed(variable, path);
      await sendTo({ path }, nonce);
      if ((await heard) !== nonce) throw new Error('something else was heard');
    } finally {
      child.kill('SIGKILL');
    }
  },
});

const talk = {
  family: 'files',
  oracle: { kind: 'canary' },
  control: 'said',
} as const;

export const SOCKETS: readonly Probe[] = [
  {
    ...talk,
    id: 'socket-ssh-agent',
    claim: "The user's SSH agent cannot be reached.",
    attack: 'connect to what SSH_AUTH_SOCK names',
    breach: "signs with the user's SSH keys",
    source: 'MITRE ATT&CK T1563.001: an SSH agent as a signing oracle',
    run: named('SSH_AUTH_SOCK'),
  },
  {
    ...talk,
    id: 'socket-session-bus',
    claim: "The user's session bus cannot be reached.",
    attack: 'connect to what DBUS_SESSION_BUS_ADDRESS names',
    breach: 'starts programs of the host by its service manager',
    source: 'nono #781, landrun #43: D-Bus and systemd-run, by a Unix socket that Landlock lets through',
    run: named('DBUS_SESSION_BUS_ADDRESS'),
  },
  {
    ...talk,
    id: 'socket-display',
    claim: "The user's display cannot be reached.",
    attack: 'connect to what WAYLAND_DISPLAY names',
    breach: 'sees the screen and types into windows',
    source: 'Xsecurity(7): whoever connects reads keys and screen; MITRE ATT&CK T1056.001, T1113',
    run: named('WAYLAND_DISPLAY'),
  },
  {
    ...talk,
    id: 'socket-multiplexer',
    claim: "The user's terminal multiplexer cannot be reached.",
    attack: 'connect to what TMUX names',
    breach: 'types commands into a shell of the host',
    source: 'nono #781: tmux, by a Unix socket that Landlock lets through',
    run: named('TMUX'),
  },
  {
    ...talk,
    id: 'socket-editor',
    claim: "The user's editor cannot be reached.",
    attack: 'connect to what VSCODE_IPC_HOOK_CLI names',
    breach: 'has the editor run commands on the host',
    source: 'The Red Guild on dev containers: VSCODE_IPC_HOOK_CLI and its kin',
    run: named('VSCODE_IPC_HOOK_CLI'),
  },
];

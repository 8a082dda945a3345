import { OF_THE_BRIDGE } from './bridge.ts';
import { OF_CONTAINERS } from './containers.ts';
import { OF_CREDENTIALS } from './credentials.ts';
import { OF_THE_GATEWAY } from './gateway.ts';
import { OF_THE_LIFE } from './life.ts';
import { OF_THE_PRIVILEGED } from './privileged.ts';
import { BUBBLEWRAP, main, type Sabotage } from './sabotage.ts';

/** Mistakes in bubblewrap's arguments. */
const OF_BUBBLEWRAP: readonly Sabotage[] = [
  {
    name: 'bubblewrap: the network is the host’s',
    rung: BUBBLEWRAP,
    edits: [main(/"--unshare-cgroup", "--unshare-net"\],/, '"--unshare-cgroup"],')],
    // Even a blind start fails: there the gateway's ports do not belong to the agent's user.
    refusal: /net namespace/,
  },
  {
    name: 'bubblewrap: messages and shared memory are the host’s',
    rung: BUBBLEWRAP,
    edits: [main(/"--unshare-ipc", ("--unshare-pid", [^\]]*"--unshare-net"\],)/, '$1')],
    refusal: /ipc namespace/,
    breached: ['life-ipc'],
    held: ['life-inheritance'],
  },
  {
    name: 'bubblewrap: a folder of the host is bound',
    rung: BUBBLEWRAP,
    edits: [main(/"--symlink", "\.\.\/tmp", "\/var\/tmp"\]/, '"--bind", "/var/tmp", "/var/tmp"]')],
    refusal: /\/var\/tmp/,
    breached: ['unix-file', 'write-file'],
  },
  {
    name: 'the terminal is shown names as they are',
    rung: BUBBLEWRAP,
    edits: [main(/function escapeText\(text\d*\) \{/, '$& return arguments[0];')],
    breached: ['terminal-log'],
  },
  {
    name: 'bubblewrap: as many files as it likes',
    rung: BUBBLEWRAP,
    edits: [main(/, boundFiles\(pid, \w+\.mostFiles\)\]/, ']')],
    refusal: /may have other than \d+ files/,
    breached: ['limit-files-tmp', 'limit-files-home', 'limit-files-shm'],
    held: ['limit-disk-tmp', 'limit-open-files', 'limit-printed'],
  },
  {
    name: 'bubblewrap: as much memory in a process as it likes',
    rung: BUBBLEWRAP,
    edits: [main(/data: resources\d*\.memoryBytes,/, '')],
    refusal: /Max data size/,
    breached: ['limit-process-memory'],
    held: ['limit-processes', 'limit-open-files'],
  },
];

/** All mistakes, in one list. */
export const SABOTAGES: readonly Sabotage[] = [
  ...OF_BUBBLEWRAP,
  ...OF_CONTAINERS,
  ...OF_THE_PRIVILEGED,
  ...OF_THE_BRIDGE,
  ...OF_THE_GATEWAY,
  ...OF_CREDENTIALS,
  ...OF_THE_LIFE,
];

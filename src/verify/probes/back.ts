import type { Probe } from './probe.ts';

/** Work on its way back: what `apply` writes is a plain file, in the project, or nothing. */

const back = {
  family: 'files',
  oracle: { kind: 'verbs', sees: 'misplaced' },
  control: 'back',
  breach: 'writes outside of the project, or leaves something there that is no file of it',
  source: 'traversal on the way out (container-use #365)',
} as const;
const link = { ...back, source: 'symlinks out of the workspace (CVE-2026-39861)' } as const;

export const BACK: readonly Probe[] = [
  {
    ...link,
    id: 'back-link-out',
    claim: 'No link to a path of the host comes back.',
    attack: 'bring back links to paths of the host',
  },
  {
    ...link,
    id: 'back-link-up',
    claim: 'No link that leads above the project comes back.',
    attack: 'bring back links that lead up (..)',
  },
  {
    ...link,
    id: 'back-link-chain',
    claim: 'No links that lead out together come back.',
    attack: 'bring back links that lead out together',
  },
  {
    ...link,
    id: 'back-link-git',
    claim: 'No link into .git comes back.',
    attack: 'bring back links into .git',
  },
  {
    ...link,
    id: 'back-folder-swapped',
    claim: 'No file is changed behind a folder that became a link.',
    attack: 'put a link in the place of a folder',
  },
  {
    ...link,
    id: 'back-folder-moved',
    claim: 'No file is changed behind a folder that was moved.',
    attack: 'move a folder, and put a link there',
  },
  {
    ...back,
    id: 'back-fifo',
    claim: 'No FIFO comes back, nor in the place of a file.',
    attack: 'bring back a FIFO',
    source: 'fifo(7): a reader that waits for ever',
  },
  {
    ...back,
    id: 'back-socket',
    claim: 'No socket comes back.',
    attack: 'bring back a socket',
    source: 'unix(7): a socket that lands on the host',
  },
  {
    ...back,
    id: 'back-device',
    claim: 'No device comes back.',
    attack: 'bring back a device node',
    closedInTheOpen: 'only root makes device nodes (mknod(2))',
    source: 'mknod(2): a device node that lands on the host',
  },
  {
    ...back,
    id: 'back-setuid',
    claim: 'No setuid, setgid or sticky bit comes back, nor write access for all.',
    attack: 'bring back a setuid program',
    source: 'chmod(2): a setuid bit that lands on the host',
  },
  {
    ...back,
    id: 'back-hard-link',
    claim: 'No two names of one file come back as such.',
    attack: 'bring back hard links',
    source: 'link(2): a hard link to what lies outside',
  },
  {
    ...back,
    id: 'back-odd-names',
    claim: 'No name with control characters or backslashes comes back.',
    attack: 'bring back names with escapes, line ends, ..\\',
    source: 'CVE-2021-42574 (Trojan Source): names that hide what they are',
  },
  {
    ...back,
    id: 'back-raw-names',
    claim: 'No name that is not UTF-8 comes back.',
    attack: 'bring back names that are not text',
    source: 'names that a shell or a terminal reads otherwise',
  },
  {
    ...back,
    id: 'back-secret',
    claim: 'No file that was left out as a secret is written over.',
    attack: "write over the project's .env",
    oracle: { kind: 'verbs', sees: 'came' },
    source: 'a .env that redirects a tool (CVE-2025-61260)',
  },
  {
    ...back,
    id: 'back-staging',
    claim: 'No folder that apply uses itself can be prepared.',
    attack: "prepare apply's own folder",
  },
];

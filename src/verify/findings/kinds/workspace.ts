import type { Found, Kind, MountedProject } from '../finding.ts';

/** Findings about a mounted project, in which the agent works directly. */

const SHOWN = 4;

/** Lists the first few paths, and the number of the others. */
function named(paths: readonly string[]): string {
  const rest = paths.length - SHOWN;
  return `${paths.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const REMEDY = 'workspace: copy; then bot-bottle diff and apply show such files, and ask for each';

/** Returns the `find` of a kind about the content of the mounted folder. */
const inMounted =
  (judge: (project: MountedProject) => Found | undefined): Kind['find'] =>
  ({ mounted, places }) => {
    const found = mounted === undefined ? undefined : judge(mounted);
    return found === undefined ? [] : [{ ...found, place: places.get('workspace') }];
  };

const MOUNT: Kind = {
  id: 'workspace-mount',
  claim:
    'It adds a hook, an editor’s task or a line to a build file, and waits for a program of yours to run it.',
  severities: { medium: 'its writes are on this host at once, without a question' },
  source:
    'files that did not exist at the start: CVE-2026-25725; configuration as an escape: Cymulate, April 2026',
  find: inMounted(() => ({ severity: 'medium', evidence: 'workspace: mount', remedy: REMEDY })),
};

const REPOSITORY: Kind = {
  id: 'mounted-repository',
  claim: 'It writes a hook or a filter into .git, and your next git command in that folder runs it, as you.',
  severities: { high: 'git status is enough, and editors and prompts run it unasked' },
  source: 'core.fsmonitor and its kin: gitconfig(5); CVE-2026-26268; Trail of Bits on hooks',
  find: inMounted(({ isRepository }) =>
    isRepository
      ? {
          severity: 'high',
          evidence: 'workspace: mount, and the project is a git repository',
          remedy: REMEDY,
        }
      : undefined,
  ),
};

const EXECUTED: Kind = {
  id: 'mounted-executed-files',
  claim: 'It changes a file that your shell, editor, build or CI runs already.',
  severities: { high: 'they are there, and known to be run: a change of one needs no further step' },
  source: 'MITRE ATT&CK T1546; Cymulate on configuration-based escapes, April 2026',
  find: inMounted(({ executed }) =>
    executed.length === 0
      ? undefined
      : {
          severity: 'high',
          evidence: `workspace: mount, with ${named(executed.map(({ path, why }) => `${path} (${why})`))}`,
          remedy: REMEDY,
        },
  ),
};

const SECRETS: Kind = {
  id: 'mounted-secrets',
  claim: 'It reads the secrets that lie in the project; a copy would not have had them.',
  severities: { medium: 'they still have to leave by a rule' },
  source: 'ignored files in a clone’s source mount, as vendors’ sandboxes document it; CWE-538',
  find: inMounted(({ secrets }) =>
    secrets.length === 0
      ? undefined
      : {
          severity: 'medium',
          evidence: `workspace: mount, with ${named(secrets.map(({ path, what }) => `${path} (${what})`))}`,
          remedy: `workspace: copy; or under egress: protect: [${secrets
            .slice(0, SHOWN)
            .map(({ path }) => `"${path}"`)
            .join(', ')}]`,
        },
  ),
};

const SHARED: Kind = {
  id: 'mounted-shared-files',
  claim: 'It writes into a file of the project that has another name outside, and changes it there.',
  severities: { medium: 'it reaches out of the folder, to those files alone' },
  source: 'hard links in a direct mount, as vendors’ sandboxes document it; CWE-62',
  find: inMounted(({ sharedFiles }) =>
    sharedFiles.length === 0
      ? undefined
      : {
          severity: 'medium',
          evidence: `workspace: mount, with hard links: ${named(sharedFiles)}`,
          remedy: 'workspace: copy, or copies in their place',
        },
  ),
};

export const WORKSPACE_KINDS: readonly Kind[] = [MOUNT, REPOSITORY, EXECUTED, SECRETS, SHARED];

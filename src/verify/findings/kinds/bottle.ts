import { BottleError } from '../../../errors.ts';
import { refuseToLearn } from '../../../bottle/egress/policy.ts';
import { formatSize } from '../../../manifest/schema/quantities.ts';
import type { Found, Kind, Subject } from '../finding.ts';
import { foundAt, liveRules } from '../reach.ts';

/** Findings about a bottle's settings, and about all its rules together. */

/** Returns the `find` of a kind with at most one finding, about this setting if the manifest has it. */
const one =
  (setting: string, judge: (subject: Subject) => Found | undefined): Kind['find'] =>
  (subject) => {
    const found = judge(subject);
    return found === undefined ? [] : [{ place: subject.places.get(setting), ...found }];
  };

const letsOut = (subject: Subject): boolean => liveRules(subject).length > 0;

const SSH: Kind = {
  id: 'ssh-entry',
  claim:
    'It does on that server whatever the key allows, and sends its loot there: the gateway cannot inspect SSH.',
  severities: {
    high: 'it is root there',
    medium: 'what the user of that key may do there is not known here',
  },
  source:
    'docker/sbx-releases #121: an agent cloned a private repository by keys that it did not have; MITRE ATT&CK T1021.004',
  find: (subject) =>
    subject.agent.ssh.map((entry) =>
      foundAt(subject, entry, {
        severity: entry.user === 'root' ? 'high' : 'medium',
        evidence: `logs in to ${entry.host}:${entry.port} as ${entry.user}, and lets any bytes through to that port`,
        remedy:
          'a separate key for the agent, with few rights there (command= and restrict in authorized_keys); for a forge: github: instead',
      }),
    ),
};

const SHARED_KERNEL: Kind = {
  id: 'shared-kernel-allowed',
  claim: 'It attacks the kernel of this host: where no stronger rung is ready, nothing else is in between.',
  severities: {
    low: 'the strongest rung that is ready is taken; a broken runtime would go unnoticed but for a note',
  },
  source: 'CVE-2025-31133, CVE-2025-52565, CVE-2025-52881, CVE-2024-21626 (runc)',
  find: one('runtime', ({ agent }) =>
    agent.minBoundary === 'shared-kernel' && agent.runtime === 'auto'
      ? {
          severity: 'low',
          evidence: 'runtime: auto with min_boundary: shared-kernel',
          remedy: 'min_boundary: user-kernel (or vm)',
        }
      : undefined,
  ),
};

const ABOVE_HOST: Kind = {
  id: 'resources-above-host',
  claim: 'It takes all memory and processors, and this host stands still.',
  severities: { low: 'it denies service, and gets nothing' },
  source: 'CWE-770',
  find: one('resources.memory', ({ agent: { resources }, host }) => {
    const above = [
      ...(resources.memoryBytes > host.memoryBytes ? [`memory ${formatSize(resources.memoryBytes)}`] : []),
      ...(resources.cpus > host.cpus ? [`cpus ${resources.cpus}`] : []),
    ];
    if (above.length === 0) return undefined;
    const half = formatSize(Math.max(1, Math.floor(host.memoryBytes / 2 / 1024 ** 2)) * 1024 ** 2);
    return {
      severity: 'low',
      evidence: `resources: ${above.join(', ')}, which is more than this host has`,
      remedy: `resources: { memory: ${half}, cpus: ${Math.max(1, Math.floor(host.cpus / 2))} }`,
    };
  }),
};

const NO_LIMIT: Kind = {
  id: 'no-budget',
  claim: 'It sends as much as it likes, in as many requests as it likes.',
  severities: { info: 'a limit ends a leak late; it does end it' },
  source: 'volume and count as a budget: OWASP LLM10:2025',
  find: one('egress.max_bytes', (subject) => {
    const { maxBytes, maxRequests } = subject.agent.egress;
    if (maxBytes !== undefined || maxRequests !== undefined || !letsOut(subject)) return undefined;
    return {
      severity: 'info',
      evidence: 'egress has no limit for the whole bottle',
      remedy: 'under egress: max_bytes: 500m, max_requests: 5000',
    };
  }),
};

const UNPROTECTED: Kind = {
  id: 'home-keys-unprotected',
  claim: 'It sends a key that somebody has pasted into the project, and no rule recognizes it.',
  severities: { low: 'nothing of your home is in the bottle; it would have to get there first' },
  source: 'docs/MANIFEST.md, `protect`',
  find: one('egress.protect', (subject) => {
    const { homeKeys } = subject.host;
    if (homeKeys.length === 0 || subject.agent.egress.protect.length > 0 || !letsOut(subject))
      return undefined;
    return {
      severity: 'low',
      evidence: `egress.protect names nothing, and there are ${homeKeys.slice(0, 4).join(', ')}`,
      remedy: `under egress: protect: [${homeKeys
        .slice(0, 4)
        .map((path) => `"${path}"`)
        .join(', ')}]`,
    };
  }),
};

const NO_BAIT: Kind = {
  id: 'no-bait',
  claim: 'It goes through the home folder for keys, and nothing tells you.',
  severities: { info: 'the bait tells of a thief, and stops none' },
  source: 'docs/adr/0099-a-bait-in-each-bottle.md',
  find: one('egress.canary', (subject) =>
    subject.agent.egress.canary || !letsOut(subject)
      ? undefined
      : { severity: 'info', evidence: 'egress.canary is false', remedy: 'leave canary: false out' },
  ),
};

const FOREIGN: Kind = {
  id: 'foreign-gateway',
  claim: 'It uses what that gateway does not do: look into TLS, hold identities, count, sign its log.',
  severities: { medium: 'the bottle stays closed; traffic to an allowed host is hardly inspected' },
  source: 'docs/THREAT-MODEL.md, `gateway: pipelock`',
  find: one('gateway', ({ agent: { gateway } }) =>
    gateway.engine === 'bot-bottle'
      ? undefined
      : {
          severity: 'medium',
          evidence: `gateway: ${gateway.engine}`,
          place: gateway.position,
          remedy: 'gateway: bot-bottle',
        },
  ),
};

const UNPINNED: Kind = {
  id: 'image-unpinned',
  claim: 'Anyone who can move the image’s tag puts a program into the next bottle.',
  severities: { low: 'it starts inside the bottle, with what the agent has' },
  source: 'MITRE ATT&CK T1525; tags are mutable: OCI distribution specification',
  find: one('image', ({ agent: { image } }) =>
    image.kind === 'reference' && !image.reference.includes('@sha256:')
      ? {
          severity: 'low',
          evidence: `image: ${image.reference}, by a tag`,
          remedy: `image: ${image.reference.replace(/:\w[\w.-]*$/, '')}@sha256:...`,
        }
      : undefined,
  ),
};

const BUILT: Kind = {
  id: 'image-built-outside',
  claim:
    'Anyone who can write the Dockerfile runs its steps at the next start: outside every bottle, with the engine’s network.',
  severities: { medium: 'trusting the manifest does not cover what the Dockerfile says' },
  source: 'docs/THREAT-MODEL.md, “Image builds”',
  find: one('image', ({ agent: { image } }) =>
    image.kind === 'dockerfile'
      ? {
          severity: 'medium',
          evidence: 'image: { dockerfile: ... }',
          remedy: 'build it once, where you look at it, and write image: NAME@sha256:...',
        }
      : undefined,
  ),
};

const SKILLS: Kind = {
  id: 'skill-of-the-project',
  claim: 'Anyone who can write to the project writes orders that the agent takes for yours.',
  severities: { info: 'the agent reads the rest of the project, too' },
  source: 'skills with flaws: Snyk ToxicSkills, 2026; MITRE ATLAS AML.T0051.001',
  find: (subject) =>
    subject.agent.skills
      .filter(({ origin }) => origin === 'project')
      .map(({ name }) => ({
        severity: 'info' as const,
        evidence: `skills: ${name}, named by the project’s manifest`,
        remedy:
          'read it as you would a script; or name it in your own manifest, where the project cannot change it',
      })),
};

const LEARNS: Kind = {
  id: 'may-learn',
  claim: 'It waits for a start with --learn, in which it may go to every public host.',
  severities: { info: 'somebody has to type it, and a bottle with secrets refuses' },
  source: 'docs/adr/0110-the-control-socket.md',
  find: one('egress.protect', (subject) =>
    letsOut(subject) && canLearn(subject.agent)
      ? {
          severity: 'info',
          evidence: 'the bottle has no secret that start --learn would refuse for',
          remedy: 'under egress: protect: [.env], if it is never to learn',
        }
      : undefined,
  ),
};

function canLearn(agent: Subject['agent']): boolean {
  try {
    refuseToLearn(agent);
    return true;
  } catch (error) {
    if (error instanceof BottleError) return false;
    throw error;
  }
}

export const BOTTLE_KINDS: readonly Kind[] = [
  SSH,
  FOREIGN,
  BUILT,
  SHARED_KERNEL,
  ABOVE_HOST,
  UNPROTECTED,
  UNPINNED,
  NO_LIMIT,
  NO_BAIT,
  SKILLS,
  LEARNS,
];

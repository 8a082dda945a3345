import { manifestOf } from '../../../test/support/manifest.ts';
import { rulesFor } from '../../bottle/egress/foreign-gateway.ts';
import { policyOf } from '../../bottle/egress/policy.ts';
import { draftsMeant } from '../../manifest/draft.ts';
import { resolve } from '../../manifest/resolve.ts';
import type { Subject } from './finding.ts';
import { placesIn } from './read.ts';

/** A test's bottle, and what differs from the default host and project. */
export interface SubjectParts {
  readonly bottle: object;
  readonly host?: Partial<Subject['host']>;
  readonly mounted?: Partial<NonNullable<Subject['mounted']>>;
}

const GIB = 1024 ** 3;
export const REGISTRY = { client: 'npm', host: 'packages.corp.example', port: 443, scheme: 'https' } as const;

/** Returns a manifest's bottle, on a computer and with a project without findings. */
export function subjectOf({ bottle, host, mounted }: SubjectParts): Subject {
  // JSON is valid YAML.
  const [draft] = draftsMeant(manifestOf(JSON.stringify({ bottles: { dev: bottle } }, undefined, 1)), 'dev');
  if (draft === undefined) throw new Error('the manifest has no bottle dev');
  const agent = resolve(draft, {
    hostVariable: (name) => `value of ${name}`,
    answers: new Map(),
    presets: new Map([
      ['npm', [REGISTRY]],
      ['apt', [{ host: 'mirror.corp.example', port: 80, scheme: 'http' }]],
    ]),
    homeDir: '/home/me',
  });
  return {
    agent,
    policy: policyOf(rulesFor(agent.gateway, agent)),
    places: placesIn(draft),
    host: { cpus: 64, memoryBytes: 64 * GIB, homeKeys: [], registries: [REGISTRY], ...host },
    mounted:
      agent.workspace === 'mount'
        ? { isRepository: false, executed: [], secrets: [], sharedFiles: [], ...mounted }
        : undefined,
  };
}

import * as z from 'zod';
import { METHODS } from '../../host/http-methods.ts';
import { nearest } from '../text/message-text.ts';
import { DLP_SCHEMA } from './dlp-schema.ts';
import { INJECT_SCHEMA } from './inject-schema.ts';
import { oneOf, size, text } from './schema-parts.ts';
import { addressFault, hostFault, pathPatternFault, repositoryFault, type Fault } from './text-faults.ts';

/** A rule of `egress.allow` and `egress.deny`. rule-checks.ts checks combinations of its keys. */

/** The package clients whose configuration a preset reads; presets/table.ts describes how. */
export const PRESET_NAMES = [
  'npm',
  'deno',
  'pip',
  'go',
  'cargo',
  'maven',
  'gradle',
  'gem',
  'nuget',
  'composer',
  'hex',
  'apt',
  'debian',
  'alpine',
  'docker',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** The agents with a preset; agent-presets.ts lists their endpoints. */
export const AGENT_PRESETS = ['claude', 'codex'] as const;
export type AgentPreset = (typeof AGENT_PRESETS)[number];

/** Tells an agent's preset from the preset of a package client. */
export const isAgentPreset = (preset: unknown): preset is AgentPreset =>
  AGENT_PRESETS.some((name) => name === preset);

/** The gateway refuses any other method, whatever the rules allow. */
function methodFault(method: string): Fault {
  if (METHODS.has(method)) return undefined;
  if (method === 'CONNECT')
    return 'the gateway judges the requests inside a tunnel, not the tunnel; leave `CONNECT` out';
  const capital = method.toUpperCase();
  if (METHODS.has(capital)) return `a method is written in capital letters: \`${capital}\``;
  const meant = nearest(method, METHODS);
  const mend =
    meant === undefined ? `one of ${[...METHODS].join(' ')} is meant` : `did you mean \`${meant}\`?`;
  return `the gateway lets no such method through; ${mend}`;
}

export const RULE_SCHEMA = z.strictObject({
  host: text(hostFault)
    .describe('A host name, `*.example.org` for all its subdomains (not itself), or an IP address.')
    .optional(),
  preset: oneOf([...PRESET_NAMES, ...AGENT_PRESETS])
    .describe(
      'The hosts that the package client of this host is configured with, read at start, for GET and HEAD; or what an agent needs.',
    )
    .optional(),
  github: text(repositoryFault)
    .describe(
      'A repository on GitHub, `owner/name` or `owner/*`: its clone, pull and API, by its own addresses.',
    )
    .optional(),
  push: z
    .boolean()
    .describe(
      'github: pushing too, and changes of content, issues and pull requests by the API, none of settings. Default: reading only.',
    )
    .optional(),
  port: z.int().min(1).max(65_535).describe('Default: 443, or 80 for `scheme: http`.').optional(),
  scheme: oneOf(['https', 'http', 'tcp'])
    .describe('What is spoken on the port. Default: https. `tcp`: anything, and nothing of it is seen.')
    .optional(),
  methods: z
    .array(text(methodFault).meta({ enum: [...METHODS] }))
    .min(1)
    .describe('The HTTP methods that the rule is about; default: all.')
    .optional(),
  paths: z
    .array(text(pathPatternFault))
    .min(1)
    .describe('The paths that the rule is about, with `*` and `**`; default: all.')
    .optional(),
  websocket: z.boolean().describe('WebSockets too. Default: requests only.').optional(),
  tls: oneOf(['open', 'pass'])
    .describe(
      '`pass`: TLS goes through unopened, and nothing in it is seen. Default: opened where anything needs it.',
    )
    .optional(),
  inject: INJECT_SCHEMA.describe(
    'The identity that its requests get outside; the agent never sees it.',
  ).optional(),
  dlp: DLP_SCHEMA.describe(
    'What to do with a secret that would leave by this rule: a word, or a map by what found it. Default: as `egress.dlp` says.',
  ).optional(),
  max_bytes: size(1)
    .describe('What may go out and come in by this rule, and by others of its host that say `max_bytes`.')
    .optional(),
  addresses: z
    .array(text(addressFault))
    .min(1)
    .describe('Dialled as they stand, without a lookup: the only way to a private address.')
    .optional(),
});

export type RuleInput = z.infer<typeof RULE_SCHEMA>;

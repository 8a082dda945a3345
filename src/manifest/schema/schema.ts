import { AGENT_NAMES } from '../../contracts/agent-names.ts';
import { BOUNDARIES, RUNTIME_NAMES } from '../../contracts/rungs.ts';
import * as z from 'zod';
import { DLP_SCHEMA } from './dlp-schema.ts';
import { RULE_SCHEMA } from './rule-schema.ts';
import { argv, name, oneOf, size, text } from './schema-parts.ts';
import {
  addressFault,
  argumentFault,
  besideFault,
  envNameFault,
  exactHostFault,
  guestPathFault,
  hostFault,
  hostPathFault,
  copyPathFault,
  protectFault,
} from './text-faults.ts';
import { envValueFault } from './env-values.ts';

/** The schema of a manifest: the single source of its types, its checks, its JSON Schema and its documentation. */

export const RUNTIME_CHOICES = ['auto', ...RUNTIME_NAMES] as const;

/** From most to least restrictive. */
export const WORKSPACE_MODES = ['none', 'copy', 'mount'] as const;

/** The agents that ship with bot-bottle, and `custom` for one that the manifest describes. */
export const AGENT_KINDS = [...AGENT_NAMES, 'custom'] as const;

const MIB = 1024 ** 2;

const resources = z.strictObject({
  cpus: z.number().min(0.1).max(1024).describe('Processors’ worth of time. Default: 2.').optional(),
  memory: size(64 * MIB)
    .describe('Default: 4g. At least 64m.')
    .optional(),
  pids: z.int().min(16).max(4_194_304).describe('Processes and threads. Default: 1024.').optional(),
  disk: size(16 * MIB)
    .describe('Each writable place that is not the workspace: /tmp and the home folder. Default: 10g.')
    .optional(),
});

const env = z.record(text(envNameFault), text(envValueFault));

const egress = z.strictObject({
  allow: z.array(RULE_SCHEMA).describe('What may leave. Empty or absent: nothing.').optional(),
  deny: z.array(RULE_SCHEMA).describe('Beats `allow`. Without `port` a rule is about every port.').optional(),
  dlp: DLP_SCHEMA.describe(
    'What to do with a secret that would leave, where a rule does not say. Default: block.',
  ).optional(),
  protect: z
    .array(text(protectFault))
    .describe('Files of this host whose contents must not leave: `.env`, `~/.ssh/**`.')
    .optional(),
  canary: z
    .boolean()
    .describe('`false`: no bait for thieves is placed in the home folder. Default: true.')
    .optional(),
  secret_rules: z
    .array(text(hostPathFault))
    .describe('Files with rules in gitleaks’ format, besides those that come with bot-bottle.')
    .optional(),
  max_bytes: size(1).describe('What may leave and come in all, by all rules together.').optional(),
  max_requests: z.int().min(1).describe('Requests by all rules together.').optional(),
  max_tokens: z
    .int()
    .min(1)
    .describe('Tokens that model APIs say were used, by all rules together.')
    .optional(),
});

const sshEntry = z.strictObject({
  host: text(exactHostFault).describe('The server.'),
  port: z.int().min(1).max(65_535).describe('Default: 22.').optional(),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]{0,63}$/i, { error: 'the name of a user is meant' })
    .describe('The user there; `git` for most forges.'),
  identity: text(hostPathFault).describe('The private key on this host. It does not enter the bottle.'),
  known_host: z
    .string()
    .regex(/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-\S+@openssh\.com) AAAA\S*$/, {
      error: 'the server’s public key is meant, as in known_hosts: `ssh-ed25519 AAAA...`',
    })
    .describe('The server’s public key. It is never learned from the server.'),
  addresses: z
    .array(text(addressFault))
    .min(1)
    .describe('Dialled as they stand, without a lookup: the only way to a server on a private network.')
    .optional(),
});

const skills = z.array(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: 'the name of a skill is meant' }),
);

const image = z.union([
  z
    .string()
    .regex(
      /^(?=.{1,512}$)([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/,
      { error: 'an image reference is meant: `node:22-slim`, `registry.example.org/team/image@sha256:...`' },
    ),
  z.strictObject({
    dockerfile: text(besideFault).describe('Built here; a path relative to the manifest.'),
  }),
]);

/** The gateways that a bottle can use. */
const GATEWAY_ENGINES = ['bot-bottle', 'pipelock'] as const;

const gateway = z.union([
  oneOf(GATEWAY_ENGINES),
  z.strictObject({
    engine: oneOf(['pipelock']),
    program: text(hostPathFault).describe('Its program on this host.'),
  }),
]);

const bottle = z.strictObject({
  extends: z
    .union([name, z.array(name).min(1)])
    .describe('Bottles whose settings this one takes over. Limits: the most restrictive wins.')
    .optional(),
  runtime: oneOf(RUNTIME_CHOICES)
    .describe('What isolates. Default: auto, the strongest that this host can run.')
    .optional(),
  min_boundary: oneOf(BOUNDARIES).describe('Refuse to start below this.').optional(),
  image: image.describe('Default: `default`, the image that comes with bot-bottle.').optional(),
  resources: resources.describe('Limits.').optional(),
  env: env
    .describe(
      'Variables that the agent sees. `${NAME}`: a variable of this host. `?Question`: asked at start.',
    )
    .optional(),
  egress: egress.describe('What may leave the bottle. Absent: nothing.').optional(),
  gateway: gateway
    .describe('What is between the bottle and the world. Default: `bot-bottle`, its own.')
    .optional(),
  workspace: oneOf(WORKSPACE_MODES)
    .describe('The project in the bottle: a copy (default), itself, or not at all.')
    .optional(),
  copy_anyway: z
    .array(text(copyPathFault))
    .describe('Files of the project that go into a copy although they look like secrets: `test/keys/*.pem`.')
    .optional(),
  skills: skills.describe('Skills that every agent in this bottle gets, read-only.').optional(),
  ssh: z.array(sshEntry).describe('Servers that the agent may reach by SSH.').optional(),
});

const agent = z.strictObject({
  bottle: name.describe('The bottle it works in.'),
  agent: oneOf(AGENT_KINDS).describe('Which program: one that is known, or `custom`.'),
  prompt: text(besideFault)
    .describe('A file with the agent’s instructions, relative to the manifest.')
    .optional(),
  skills: skills.describe('Skills besides those of the bottle.').optional(),
  env: env.describe('Variables besides those of the bottle; these win.').optional(),
  install: text((value) => (value.trim() === '' ? 'a command is meant' : argumentFault(value)))
    .describe('custom: a shell command that installs it, run in the bottle, through its gateway.')
    .optional(),
  command: argv(argumentFault).describe('custom: the program and its arguments.').optional(),
  headless: argv(argumentFault)
    .describe('custom: the same for a run without a terminal; `{prompt}` stands for the prompt.')
    .optional(),
  hosts: z
    .array(text(hostFault))
    .describe('custom: hosts that it needs; named when the bottle does not allow them.')
    .optional(),
  skillsPath: text(guestPathFault).describe('custom: where it looks for skills, in the bottle.').optional(),
  promptPath: text(guestPathFault)
    .describe('custom: where it looks for instructions, in the bottle.')
    .optional(),
});

export const MANIFEST_SCHEMA = z
  .strictObject({
    bottles: z.record(name, bottle).describe('Places to work in, by name.').optional(),
    agents: z.record(name, agent).describe('Who works, and in which bottle, by name.').optional(),
  })
  .meta({ title: 'bot-bottle manifest' });

export type ManifestInput = z.infer<typeof MANIFEST_SCHEMA>;
export type BottleInput = z.infer<typeof bottle>;
export type AgentInput = z.infer<typeof agent>;
export type SshInput = z.infer<typeof sshEntry>;
export type ImageInput = z.infer<typeof image>;

import type { SecretSlot, SecretSource } from './source.ts';

/** Identities that are one word in a manifest: where their secret is, where it goes, what the bottle sees. Data. */

export interface Credential {
  readonly source: SecretSource;
  /** The bottle's variable that holds the placeholder. */
  readonly env: string;
  readonly slot: SecretSlot;
  /** Hosts that want it in another place. */
  readonly elsewhere?: { readonly [host: string]: SecretSlot };
}

export interface Preset {
  /** In order: the first whose variable is set counts; one that is no variable counts when none before it did. */
  readonly credentials: readonly Credential[];
  /** What to do where there is none. */
  readonly fix: string;
}

const bearer: SecretSlot = { kind: 'bearer' };
/** GitHub's git and downloads take a token as the password of any user; this is the one it documents. */
const asPassword: SecretSlot = { kind: 'basic', user: 'x-access-token' };

const variable = (name: string, rest: Omit<Credential, 'source' | 'env'>, env = name): Credential => ({
  source: { kind: 'env', name },
  env,
  ...rest,
});

const github = { slot: bearer, elsewhere: { 'github.com': asPassword, 'codeload.github.com': asPassword } };

export const PRESETS = {
  anthropic: {
    // In the order in which Claude Code looks for them.
    credentials: [
      variable('ANTHROPIC_API_KEY', { slot: { kind: 'header', name: 'x-api-key' } }),
      variable('CLAUDE_CODE_OAUTH_TOKEN', { slot: bearer }),
    ],
    fix: 'export ANTHROPIC_API_KEY=..., or CLAUDE_CODE_OAUTH_TOKEN with what `claude setup-token` prints',
  },
  openai: {
    credentials: [
      variable('OPENAI_API_KEY', { slot: bearer }),
      // What `codex exec` takes.
      variable('CODEX_API_KEY', { slot: bearer }),
    ],
    fix: 'export OPENAI_API_KEY=..., or CODEX_API_KEY',
  },
  github: {
    credentials: [
      variable('GH_TOKEN', github),
      variable('GITHUB_TOKEN', github, 'GH_TOKEN'),
      { source: { kind: 'command', argv: ['gh', 'auth', 'token'] }, env: 'GH_TOKEN', ...github },
    ],
    fix: 'export GH_TOKEN=..., or log in: gh auth login',
  },
  npm: {
    credentials: [variable('NPM_TOKEN', { slot: bearer }), variable('NODE_AUTH_TOKEN', { slot: bearer })],
    fix: 'export NPM_TOKEN=...',
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;

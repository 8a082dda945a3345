import type { SecretSource } from './source.ts';
import type { Slot } from '../contracts/slot.ts';

/**
 * Identities that a manifest names with one word: the secret's source, its slot in a request, and the bottle's
 * variable. Data only.
 */

export interface Credential {
  readonly source: SecretSource;
  /** The bottle's variable that holds the placeholder. */
  readonly env: string;
  readonly slot: Slot;
  /** Hosts that need the secret in another slot. */
  readonly elsewhere?: { readonly [host: string]: Slot };
}

export interface Preset {
  /**
   * In order of preference. The first whose variable is set is used; a source that is not a variable always matches.
   */
  readonly credentials: readonly Credential[];
  /** Tells the user what to do if no credential is found. */
  readonly fix: string;
}

const bearer: Slot = { kind: 'bearer' };
/** GitHub's git and download hosts accept a token as the password of any user; GitHub documents this user. */
const asPassword: Slot = { kind: 'basic', user: 'x-access-token' };

const variable = (name: string, rest: Omit<Credential, 'source' | 'env'>, env = name): Credential => ({
  source: { kind: 'env', name },
  env,
  ...rest,
});

const github = { slot: bearer, elsewhere: { 'github.com': asPassword, 'codeload.github.com': asPassword } };

export const PRESETS = {
  anthropic: {
    // Same order as in Claude Code.
    credentials: [
      variable('ANTHROPIC_API_KEY', { slot: { kind: 'header', name: 'x-api-key' } }),
      variable('CLAUDE_CODE_OAUTH_TOKEN', { slot: bearer }),
    ],
    fix: 'export ANTHROPIC_API_KEY=..., or CLAUDE_CODE_OAUTH_TOKEN with what `claude setup-token` prints',
  },
  openai: {
    credentials: [
      variable('OPENAI_API_KEY', { slot: bearer }),
      // `codex exec` reads this variable.
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

import type { Injection, Slot } from '../gateway/config.ts';
import { describeSource, type ResolvedInjection } from '../manifest/injection.ts';

/** From the identity that a manifest names to the secret's name and slot that the gateway gets. */

type Preset = Extract<ResolvedInjection, { readonly preset: string }>['preset'];

/** Where each of these wants its identity; git wants a password where GitHub's API wants a bearer token. */
const PRESET_SLOTS: Readonly<Record<Preset, (host: string) => Slot>> = {
  anthropic: () => ({ kind: 'header', name: 'x-api-key' }),
  openai: () => ({ kind: 'bearer' }),
  github: (host) => (host === 'github.com' ? { kind: 'basic', user: 'x-access-token' } : { kind: 'bearer' }),
  npm: () => ({ kind: 'bearer' }),
};

/** What requests to this host get; the same secret has the same name in every rule. */
export function injectionOf(inject: ResolvedInjection, host: string): Injection {
  if ('preset' in inject)
    return { secret: `preset ${inject.preset}`, slot: PRESET_SLOTS[inject.preset](host) };
  return { secret: describeSource(inject.source), slot: inject.slot };
}

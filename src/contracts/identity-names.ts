/** The identities that a manifest names by one word (`inject: github`). `secrets/identity.ts` defines each of them. */
export const IDENTITY_NAMES = ['anthropic', 'openai', 'github', 'npm'] as const;
export type IdentityName = (typeof IDENTITY_NAMES)[number];

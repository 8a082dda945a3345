import { resolve } from 'node:path';
import { defineVerb, positional } from './command.ts';

export const trust = defineVerb<{ yes: boolean }, [string?]>({
  brief: 'Show what a project’s manifest would grant, and trust exactly this content of it',
  about: 'When the content changes, it must be trusted again; then the difference is shown.',
  examples: ['bot-bottle trust', 'bot-bottle trust ~/src/app --yes'],
  parameters: {
    flags: { yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false } },
    positional: { kind: 'tuple', parameters: [{ ...positional('The project', 'path'), optional: true }] },
  },
  load: async () => {
    const { trustManifest } = await import('../bottle/manifest.ts');
    return async ({ flags: { yes }, args: [path = '.'] }) => await trustManifest(resolve(path), yes);
  },
});

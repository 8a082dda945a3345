import { resolve } from 'node:path';
import { defineVerb, DRY_RUN_FLAG, JSON_FLAG, positional } from './command.ts';

export const trust = defineVerb<{ yes: boolean; json: boolean; dryRun: boolean }, [string?]>({
  brief: 'Show the grants of a project’s manifest, and trust exactly this content',
  about: 'When the content changes, it must be trusted again; then the difference is shown.',
  examples: ['bot-bottle trust', 'bot-bottle trust ~/src/app --yes', 'bot-bottle trust --dry-run'],
  parameters: {
    flags: {
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
      json: JSON_FLAG,
      dryRun: { ...DRY_RUN_FLAG, brief: 'Show its grants; trust nothing' },
    },
    positional: { kind: 'tuple', parameters: [{ ...positional('The project', 'path'), optional: true }] },
  },
  load: async () => {
    const { trustManifest } = await import('../bottle/manifest.ts');
    const { printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, ...wishes }, args: [path = '.'] }) => {
      const report = await trustManifest(resolve(path), wishes);
      if (json) printJson(report);
    };
  },
});

import { resolve } from 'node:path';
import { defineVerb, DRY_RUN_FLAG, JSON_FLAG, positional } from './command.ts';

export const init = defineVerb<{ json: boolean; dryRun: boolean }, [string?]>({
  brief: 'Write a commented manifest that is valid and starts',
  about: 'Never replaces an existing manifest.',
  examples: ['bot-bottle init', 'bot-bottle init ~/src/app', 'bot-bottle init --dry-run'],
  parameters: {
    flags: { json: JSON_FLAG, dryRun: { ...DRY_RUN_FLAG, brief: 'Print the manifest; write nothing' } },
    positional: { kind: 'tuple', parameters: [{ ...positional('The project', 'path'), optional: true }] },
  },
  load: async () => {
    const { planTemplate, writeTemplate } = await import('../bottle/init.ts');
    const { note, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, dryRun }, args: [path = '.'] }) => {
      if (dryRun) {
        const planned = planTemplate(resolve(path));
        return json ? printJson(planned) : void process.stdout.write(planned.content);
      }
      const written = await writeTemplate(resolve(path));
      if (json) return printJson({ path: written });
      note(`${written} is written. Next: read it, bot-bottle trust, bot-bottle start shell`);
    };
  },
});

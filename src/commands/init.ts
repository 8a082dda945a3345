import { resolve } from 'node:path';
import { defineVerb, positional, type NoFlags } from './command.ts';

export const init = defineVerb<NoFlags, [string?]>({
  brief: 'Write a commented manifest that is valid and starts',
  about: 'Never replaces a manifest that is there.',
  examples: ['bot-bottle init', 'bot-bottle init ~/src/app'],
  parameters: {
    positional: { kind: 'tuple', parameters: [{ ...positional('The project', 'path'), optional: true }] },
  },
  load: async () => {
    const { writeTemplate } = await import('../bottle/init.ts');
    const { note } = await import('../ui/print.ts');
    return async ({ args: [path = '.'] }) => {
      const written = await writeTemplate(resolve(path));
      note(`${written} is written. Next: read it, bot-bottle trust, bot-bottle start shell`);
    };
  },
});

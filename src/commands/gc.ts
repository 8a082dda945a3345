import { EXIT_CODES } from '../errors.ts';
import { defineVerb, JSON_FLAG } from './command.ts';

export const gc = defineVerb<{ json: boolean }>({
  brief: 'Remove what crashed launchers left behind; work that is not applied is kept',
  about:
    'Every start does this by itself; the verb is for looking, and for when nothing is started any more.\n' +
    'The last twenty ended bottles are kept, for their log and receipt; older ones, and what crashed, only where work is in\n' +
    'them that is not applied.',
  examples: ['bot-bottle gc', 'bot-bottle gc --json'],
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => {
    const { collectGarbage } = await import('../bottle/gc.ts');
    const { note, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json } }) => {
      const report = await collectGarbage();
      if (json) printJson(report);
      else
        for (const [what, ids] of Object.entries(report))
          for (const id of ids as string[]) note(`${what}: ${id}`);
      return report.failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.dependencyMissing;
    };
  },
});

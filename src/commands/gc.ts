import { EXIT_CODES } from '../errors.ts';
import { defineVerb, DRY_RUN_FLAG, JSON_FLAG } from './command.ts';

export const gc = defineVerb<{ json: boolean; dryRun: boolean }>({
  brief: 'Remove what crashed launchers left behind; work that is not applied is kept',
  about:
    'Every start does this by itself; the verb is for looking, and for when nothing is started any more.\n' +
    'The last twenty ended bottles are kept, for their log and receipt, those that crashed among them; older ones only where\n' +
    'work is in them that is not applied.',
  examples: ['bot-bottle gc', 'bot-bottle gc --dry-run', 'bot-bottle gc --json'],
  parameters: { flags: { json: JSON_FLAG, dryRun: DRY_RUN_FLAG } },
  load: async () => {
    const { collectGarbage, planCollection } = await import('../bottle/teardown/gc.ts');
    const { note, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json, dryRun } }) => {
      const report = await (dryRun ? planCollection() : collectGarbage());
      if (json) printJson(report);
      else
        for (const [what, ids] of Object.entries(report))
          for (const id of ids as string[])
            note(`${dryRun && what !== 'failed' ? 'would be ' : ''}${what}: ${id}`);
      return report.failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.dependencyMissing;
    };
  },
});

import { defineVerb, DRY_RUN_FLAG, JSON_FLAG, positional } from './command.ts';

export const rm = defineVerb<{ force: boolean; json: boolean; dryRun: boolean }, [string]>({
  brief: 'Remove an ended bottle with its work, log and receipt',
  about: 'Refuses while work in it was not applied (exit code 4) or while it runs, unless --force is given.',
  examples: [
    'bot-bottle rm fixer-1a2b3c4d',
    'bot-bottle rm --force fixer',
    'bot-bottle rm --force fixer --dry-run',
  ],
  parameters: {
    flags: {
      force: { kind: 'boolean', brief: 'Stop it if it runs, and discard its work', default: false },
      json: JSON_FLAG,
      dryRun: DRY_RUN_FLAG,
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { planRemoval, removeBottle } = await import('../bottle/teardown/end.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { force, json, dryRun }, args: [idOrAgent] }) => {
      if (dryRun) {
        const plan = await planRemoval(idOrAgent, force);
        if (json) return printJson(plan);
        print(
          `${plan.id} would be removed${plan.losesWork ? ', and work that was not applied with it' : ''}:`,
        );
        return plan.removes.forEach((what) => print(`  ${what}`));
      }
      const id = await removeBottle(idOrAgent, force);
      if (json) return printJson({ removed: id });
      note(`${id} is removed`);
    };
  },
});

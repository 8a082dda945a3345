import { defineVerb, DRY_RUN_FLAG, JSON_FLAG, positional } from './command.ts';

export const stop = defineVerb<{ json: boolean; dryRun: boolean }, [string]>({
  brief: 'End a bottle: its agent, its gateway, its network; work, log and receipt stay',
  about:
    'The last twenty ended bottles are kept; older ones as long as there is work in them that is not applied.',
  examples: ['bot-bottle stop fixer', 'bot-bottle stop fixer-1a2b3c4d', 'bot-bottle stop fixer --dry-run'],
  parameters: {
    flags: { json: JSON_FLAG, dryRun: DRY_RUN_FLAG },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { planStop, stopBottle } = await import('../bottle/teardown/end.ts');
    const { rowOf } = await import('../bottle/state/list.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags, args: [idOrAgent] }) => {
      if (flags.dryRun) {
        const plan = await planStop(idOrAgent);
        if (flags.json) return printJson(plan);
        if (plan.removes.length === 0) return note(`${plan.id} has ended: there is nothing to stop`);
        print(`${plan.id}: its agent would be ended, and these removed:`);
        return plan.removes.forEach((what) => print(`  ${what}`));
      }
      const record = await stopBottle(idOrAgent);
      if (flags.json) return printJson(rowOf(record));
      note(`${record.id} is stopped`);
    };
  },
});

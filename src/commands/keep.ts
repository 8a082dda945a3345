import { defineVerb, positional, type NoFlags } from './command.ts';

/** Internal: `start` runs this verb when the user detaches. */
export const keep = defineVerb<NoFlags, [string]>({
  brief: 'Look after a detached bottle until its agent ends (started by bot-bottle itself)',
  examples: ['bot-bottle keep fixer-1a2b3c4d'],
  parameters: {
    positional: { kind: 'tuple', parameters: [positional('Id', 'id')] },
  },
  load: async () => {
    const { keepBottle } = await import('../bottle/session/keep.ts');
    return async ({ args: [id] }) => await keepBottle(id);
  },
});

import { defineVerb, positional, type NoFlags } from './command.ts';

export const stop = defineVerb<NoFlags, [string]>({
  brief: 'End a bottle: its agent, its gateway, its network; work, log and receipt stay',
  about:
    'The last twenty ended bottles are kept; older ones as long as there is work in them that is not applied.',
  examples: ['bot-bottle stop fixer', 'bot-bottle stop fixer-1a2b3c4d'],
  parameters: {
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { stopBottle } = await import('../bottle/end.ts');
    const { note } = await import('../ui/print.ts');
    return async ({ args: [idOrAgent] }) => {
      const record = await stopBottle(idOrAgent);
      note(`${record.id} is stopped`);
    };
  },
});

import { defineVerb, positional, type NoFlags } from './command.ts';

export const attach = defineVerb<NoFlags, [string]>({
  brief: 'Connect your terminal to the agent of a detached bottle; Ctrl-p Ctrl-q lets go again',
  examples: ['bot-bottle attach fixer'],
  parameters: {
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { attachToBottle } = await import('../bottle/session/join.ts');
    return async ({ args: [idOrAgent] }) => await attachToBottle(idOrAgent);
  },
});

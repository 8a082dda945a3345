import { asIs, defineVerb } from './command.ts';

export const attach = defineVerb<Record<never, never>, [string]>({
  brief: 'Connect your terminal to the agent of a detached bottle; Ctrl-p Ctrl-q lets go again',
  examples: ['bot-bottle attach fixer'],
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'Id or agent', placeholder: 'bottle', parse: asIs }] },
  },
  load: async () => {
    const { attachToBottle } = await import('../bottle/join.ts');
    return async (_flags, idOrAgent) => await attachToBottle(idOrAgent);
  },
});

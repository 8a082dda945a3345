import { defineVerb, positional } from './command.ts';

export const rm = defineVerb<{ force: boolean }, [string]>({
  brief: 'Remove an ended bottle with its work, log and receipt',
  about: 'Refuses while work in it was not applied (exit code 4) or while it runs, unless --force is given.',
  examples: ['bot-bottle rm fixer-1a2b3c4d', 'bot-bottle rm --force fixer'],
  parameters: {
    flags: { force: { kind: 'boolean', brief: 'Stop it if it runs, and discard its work', default: false } },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { removeBottle } = await import('../bottle/end.ts');
    const { note } = await import('../ui/print.ts');
    return async ({ flags: { force }, args: [idOrAgent] }) =>
      note(`${await removeBottle(idOrAgent, force)} is removed`);
  },
});

import { defineVerb, positional, type NoFlags } from './command.ts';

export const diff = defineVerb<NoFlags, [string]>({
  brief: 'Show what an agent changed in its copy of the project',
  about:
    'Nothing that the agent wrote is run: no hook, filter, attribute or configuration of its repository counts. On a\n' +
    'terminal, control characters and what hides or reorders text are made visible.',
  examples: ['bot-bottle diff fixer', 'bot-bottle diff fixer > fixer.patch'],
  parameters: { positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] } },
  load: async () => {
    const { diffOf } = await import('../bottle/work.ts');
    const { note } = await import('../ui/print.ts');
    return async ({ args: [idOrAgent] }) => {
      const text = await diffOf(idOrAgent, process.stdout.isTTY);
      if (text === '') note('nothing changed');
      else process.stdout.write(text);
    };
  },
});

import { defineVerb, JSON_FLAG, positional } from './command.ts';

export const diff = defineVerb<{ json: boolean }, [string]>({
  brief: 'Show what an agent changed in its copy of the project',
  about:
    'Nothing that the agent wrote is run: no hook, filter, attribute or configuration of its repository counts. On a\n' +
    'terminal, control characters and what hides or reorders text are made visible.',
  examples: ['bot-bottle diff fixer', 'bot-bottle diff fixer > fixer.patch', 'bot-bottle diff fixer --json'],
  parameters: {
    flags: { json: JSON_FLAG },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { diffOf } = await import('../bottle/work.ts');
    const { note, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json }, args: [idOrAgent] }) => {
      if (json) return printJson({ patch: await diffOf(idOrAgent, false) });
      const text = await diffOf(idOrAgent, process.stdout.isTTY);
      if (text === '') note('nothing changed');
      else process.stdout.write(text);
    };
  },
});

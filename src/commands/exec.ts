import { asIs, defineVerb } from './command.ts';

export const exec = defineVerb<Record<never, never>, [string, ...string[]]>({
  brief: 'Run another program in a running bottle, as the same user and under the same restrictions',
  examples: ['bot-bottle exec fixer -- sh', "bot-bottle exec fixer -- sh -c 'ps aux | head'"],
  parameters: {
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: {
        brief: 'The bottle (id or agent), then the program and its arguments',
        placeholder: 'bottle -- command',
        parse: asIs,
      },
    },
  },
  load: async () => {
    const { execInBottle } = await import('../bottle/join.ts');
    return async (_flags, idOrAgent, ...argv) => await execInBottle(idOrAgent, argv);
  },
});

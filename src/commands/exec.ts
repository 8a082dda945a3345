import { BottleError } from '../errors.ts';
import { defineVerb, positional, type NoFlags } from './command.ts';

export const exec = defineVerb<NoFlags, [string]>({
  brief: 'Run another program in a running bottle, as the same user and under the same restrictions',
  examples: ['bot-bottle exec fixer -- sh', "bot-bottle exec fixer -- sh -c 'ps aux | head'"],
  parameters: { positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] } },
  takesRest: true,
  usage: '<bottle> -- COMMAND [ARGUMENT]...',
  load: async () => {
    const { execInBottle } = await import('../bottle/join.ts');
    return async ({ args: [idOrAgent], rest }) => {
      if (rest.length > 0) return await execInBottle(idOrAgent, rest);
      throw new BottleError('usage', 'no command is given', {
        fix: `bot-bottle exec ${idOrAgent} -- COMMAND`,
      });
    };
  },
});

import { BottleError } from '../errors.ts';
import { defineVerb, positional, RAW_FLAG } from './command.ts';

type ExecFlags = { readonly raw: boolean };

export const exec = defineVerb<ExecFlags, [string]>({
  brief: 'Run another program in a running bottle, as the same user and under the same restrictions',
  examples: [
    'bot-bottle exec fixer -- sh',
    "bot-bottle exec fixer -- sh -c 'ps aux | head'",
    'bot-bottle exec --raw fixer -- tar c . | tar t',
  ],
  parameters: {
    flags: { raw: RAW_FLAG },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  takesRest: true,
  usage: '[--raw] <bottle> -- COMMAND [ARGUMENT]...',
  load: async () => {
    const { execInBottle } = await import('../bottle/session/join.ts');
    return async ({ flags, args: [idOrAgent], rest }) => {
      if (rest.length > 0) return await execInBottle(idOrAgent, rest, flags.raw);
      throw new BottleError('usage', 'no command is given', {
        fix: `bot-bottle exec ${idOrAgent} -- COMMAND`,
      });
    };
  },
});

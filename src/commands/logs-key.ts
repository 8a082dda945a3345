import { defineVerb, JSON_FLAG } from './command.ts';

export const key = defineVerb<{ json: boolean }>({
  brief: 'Print the public key of this installation, for others who verify its logs',
  about: 'The private key signs the log of each bottle when it ends, and never leaves the state folder.',
  examples: ['bot-bottle logs key > bot-bottle.pem'],
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => {
    const { publicKeyForOthers } = await import('../bottle/log/signing-key.ts');
    const { print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { json } }) => {
      const found = await publicKeyForOthers();
      if (json) printJson(found);
      else print(found.pem.trimEnd());
    };
  },
});

import { defineVerb, type NoFlags } from './command.ts';

export const schema = defineVerb<NoFlags>({
  brief: 'Print the JSON Schema of the manifest, for editors',
  about:
    'For the YAML language server, first line of the manifest: # yaml-language-server: $schema=bot-bottle.schema.json',
  examples: ['bot-bottle schema > bot-bottle.schema.json'],
  parameters: {},
  load: async () => {
    const { manifestJsonSchema } = await import('../manifest/schema/json-schema.ts');
    const { printJson } = await import('../ui/print.ts');
    return async () => printJson(manifestJsonSchema());
  },
});

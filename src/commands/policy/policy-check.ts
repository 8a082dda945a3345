import { defineVerb, JSON_FLAG, positional, textFlag } from '../command.ts';

type Flags = {
  readonly json: boolean;
  readonly method: string;
  readonly agent?: string;
  readonly bottle?: string;
  readonly manifest?: string;
};

export const policyCheck = defineVerb<Flags, [string]>({
  brief: 'Say whether a request would be allowed, by which rule, and what would be done with it',
  about:
    'Offline: nothing is started, looked up or sent, and the manifest need not be trusted. Decided by the very function that\n' +
    'the gateway decides by. Exit code 0: allowed; 7: refused.',
  examples: [
    'bot-bottle policy check https://api.anthropic.com/v1/messages --method POST',
    'bot-bottle policy check wss://example.org/socket --bottle dev --json',
    'bot-bottle policy check tcp://db.example.org:5432 --agent fixer --manifest ./bot-bottle.yaml',
  ],
  parameters: {
    flags: {
      json: JSON_FLAG,
      method: {
        kind: 'parsed',
        brief: 'The method',
        placeholder: 'method',
        parse: (text: string) => text,
        default: 'GET',
      },
      agent: textFlag('The agent whose bottle is meant', 'name'),
      bottle: textFlag('The bottle that is meant; default: the only one', 'name'),
      manifest: textFlag('This manifest, and no other', 'file'),
    },
    positional: { kind: 'tuple', parameters: [positional('The URL', 'url')] },
  },
  load: async () => {
    const { EXIT_CODES } = await import('../../errors.ts');
    const { checkPolicy } = await import('../../bottle/policy-report/check.ts');
    const { renderCheck } = await import('../../bottle/policy-report/check.ts');
    const { print, printJson } = await import('../../ui/print.ts');
    return async ({ flags: { json, method, agent, bottle, manifest }, args: [url] }) => {
      const wishes = { projectPath: process.cwd(), named: manifest, agent, bottle, method };
      const report = await checkPolicy(url, wishes);
      if (json) printJson(report);
      else for (const line of renderCheck(report)) print(line);
      return report.verdict === 'allow' ? EXIT_CODES.ok : EXIT_CODES.policy;
    };
  },
});

import { defineVerb, DRY_RUN_FLAG, JSON_FLAG, positional, textFlag } from '../command.ts';

type Flags = {
  readonly manifest?: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

export const policySet = defineVerb<Flags, [string]>({
  brief: 'Give a running bottle the rules that its manifest has now',
  about:
    'What is not allowed any more is refused at once, and connections that it is about are broken off. Rules that allow more\n' +
    'need the trust that a start needs: `bot-bottle trust`, or --manifest FILE with --yes. Hosts whose TLS the bottle’s\n' +
    'certificate does not cover, new secrets, `protect`, `secret_rules` and the bottle’s `max_...` need a new start, and are refused\n' +
    'here. All else in the manifest waits for one.',
  examples: [
    'bot-bottle policy set fixer',
    'bot-bottle policy set fixer-1a2b3c4d --manifest ./narrower.yaml',
    'bot-bottle policy set fixer --dry-run --json',
  ],
  parameters: {
    flags: {
      manifest: textFlag('This manifest alone, instead of what the bottle was started by', 'file'),
      yes: {
        kind: 'boolean',
        brief: 'Trust the manifest that --manifest names, for this run',
        default: false,
        withNegated: false,
      },
      dryRun: DRY_RUN_FLAG,
      json: JSON_FLAG,
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { setPolicy } = await import('../../bottle/policy-change/set.ts');
    const { note, printJson } = await import('../../ui/print.ts');
    return async ({ flags: { manifest, yes, dryRun, json }, args: [idOrAgent] }) => {
      const wishes = { named: manifest, yes, dryRun, currentPath: process.cwd(), tell: note };
      const report = await setPolicy(idOrAgent, wishes);
      if (json) return printJson(report);
      if (report.change === 'none') note(`nothing has changed: ${report.id} has these rules already`);
      else if (report.closed === null)
        note(`nothing was changed; the policy would be ${WORDS[report.change]}`);
      else
        note(
          `${report.id} has the policy, ${WORDS[report.change]}; ${report.closed} connections were broken off`,
        );
    };
  },
});

const WORDS = { narrower: 'narrower', wider: 'wider' } as const;

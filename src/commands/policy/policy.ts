import { buildRouteMap } from '@stricli/core';
import { defineVerb, JSON_FLAG, positional, textFlag, DRY_RUN_FLAG } from '../command.ts';

type SetFlags = {
  readonly manifest?: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

const policySet = defineVerb<SetFlags, [string]>({
  brief: 'Give a running bottle the rules that its manifest has now',
  about:
    'The gateway refuses newly forbidden requests at once and closes their connections. Rules that allow more\n' +
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
      manifest: textFlag('Only this manifest, instead of those that the bottle was started with', 'file'),
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
      else note(`${report.id} has the policy, ${WORDS[report.change]}; ${report.closed} connections closed`);
    };
  },
});

const WORDS = { narrower: 'narrower', wider: 'wider' } as const;

type CheckFlags = {
  readonly json: boolean;
  readonly method: string;
  readonly agent?: string;
  readonly bottle?: string;
  readonly manifest?: string;
};

const policyCheck = defineVerb<CheckFlags, [string]>({
  brief: 'Show whether a request would be allowed, by which rule, and how the gateway would treat it',
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
    const { checkPolicy, renderCheck } = await import('../../bottle/policy-report/check.ts');
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

const policyLog = defineVerb<{ json: boolean }, [string]>({
  brief: 'Suggest rules for the refused requests of a bottle; add none of them',
  about:
    'Never suggests private addresses, hosts of malformed requests only, hosts of your deny rules,\n' +
    'and requests that were refused for their content.',
  examples: ['bot-bottle policy log fixer', 'bot-bottle policy log fixer-1a2b3c4d --json'],
  parameters: {
    flags: { json: JSON_FLAG },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { renderRefusals, reportRefusals } = await import('../../bottle/policy-report/log.ts');
    const { print, printJson } = await import('../../ui/print.ts');
    return async ({ flags: { json }, args: [idOrAgent] }) => {
      const report = await reportRefusals(idOrAgent);
      if (json) return printJson(report);
      for (const line of renderRefusals(report)) print(line);
    };
  },
});

export const policy = buildRouteMap({
  routes: { check: policyCheck, log: policyLog, set: policySet },
  docs: { brief: 'Show the requests that a bottle’s gateway allows or refused, and change its rules' },
});

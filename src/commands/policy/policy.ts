import { buildRouteMap } from '@stricli/core';
import { policyCheck } from './policy-check.ts';
import { policySet } from './policy-set.ts';
import { defineVerb, JSON_FLAG, positional } from '../command.ts';

const policyLog = defineVerb<{ json: boolean }, [string]>({
  brief: 'Turn what a bottle was refused into rules to consider; none of them is added',
  about:
    'Never suggested: private addresses, hosts that were only seen in malformed requests, what a deny rule of yours names,\n' +
    'and what was refused for what was in it.',
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
  docs: { brief: 'Ask what a bottle’s gateway would allow and what it refused, and change its rules' },
});

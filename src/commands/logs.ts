import { buildRouteMap } from '@stricli/core';
import type { AuditLine } from '../gateway/config.ts';
import { defineVerb, JSON_FLAG, positional } from './command.ts';
import { key } from './logs-key.ts';
import { verify } from './logs-verify.ts';

const show = defineVerb<{ json: boolean; follow: boolean }, [string]>({
  brief: 'Show what a bottle tried to reach: every decision of its gateway, with the rule that decided',
  about:
    'The launch checks ask for a name that does not exist: that line is `launch check`. Of refusals and DNS answers the first\n' +
    'five of a kind in ten seconds are shown, the rest as one line with their number.',
  examples: ['bot-bottle logs fixer', 'bot-bottle logs fixer --follow', 'bot-bottle logs fixer --json'],
  parameters: {
    flags: {
      json: { ...JSON_FLAG, brief: 'One JSON object per line' },
      follow: { kind: 'boolean', brief: 'Go on while the bottle runs', default: false },
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { followDecisions, readDecisions } = await import('../bottle/logs.ts');
    const { bottlePaths, findRecord, readRecord } = await import('../bottle/store.ts');
    const { isLive } = await import('../bottle/phases.ts');
    const { print } = await import('../ui/print.ts');
    const { decisionAsJson, renderDecision } = await import('../bottle/decision-line.ts');

    return async ({ flags: { json, follow }, args: [idOrAgent] }) => {
      const { id } = await findRecord(idOrAgent);
      const { auditPath } = bottlePaths(id);
      const show = (line: AuditLine) => print(json ? decisionAsJson(line) : renderDecision(line));
      if (!follow) {
        for await (const line of readDecisions(auditPath)) show(line);
        return;
      }
      const isOver = async () => {
        const record = await readRecord(id);
        return record === undefined || !isLive(record.phase);
      };
      for await (const line of followDecisions(auditPath, { signal: interrupted(), isOver })) show(line);
    };
  },
});

function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

export const logs = buildRouteMap({
  routes: { show, verify, key },
  defaultCommand: 'show',
  docs: {
    brief: 'Show what a bottle tried to reach, and whether its log is as it was written',
    fullDescription:
      'Show what a bottle tried to reach, and whether its log is as it was written.\n\n' +
      '`bot-bottle logs BOTTLE` is `bot-bottle logs show BOTTLE`.',
  },
});

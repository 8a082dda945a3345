import { existsSync } from 'node:fs';
import { buildRouteMap } from '@stricli/core';
import type { AuditLine } from '../../gateway/config.ts';
import { defineVerb, JSON_FLAG, positional, textFlag } from '../command.ts';
import { EXIT_CODES } from '../../errors.ts';

type ShowFlags = {
  readonly json: boolean;
  readonly follow: boolean;
  readonly summary: boolean;
  readonly host?: string;
  readonly rule?: string;
  readonly verdict?: AuditLine['verdict'];
  readonly since?: string;
};

const show = defineVerb<ShowFlags, [string]>({
  brief: 'Show what a bottle tried to reach: every decision of its gateway, with the rule that decided',
  about:
    'The launch checks ask for a name that does not exist: that line is `launch check`. Of refusals and DNS answers the first\n' +
    'five of a kind in ten seconds are shown, the rest as one line with their number. --summary adds up the hosts reached and the\n' +
    'refusals, and suggests lines for the manifest; it adds none of them.',
  examples: [
    'bot-bottle logs fixer',
    'bot-bottle logs fixer --follow --verdict deny',
    'bot-bottle logs fixer --summary --since 1h',
    'bot-bottle logs fixer --host "*.example.org" --json',
  ],
  parameters: {
    flags: {
      json: { ...JSON_FLAG, brief: 'One JSON object per line; with --summary, one for all' },
      follow: {
        kind: 'boolean',
        brief: 'Go on while the bottle runs; each as it is decided, without what came of it (status, bytes)',
        default: false,
        withNegated: false,
      },
      summary: { kind: 'boolean', brief: 'Add up hosts and refusals', default: false, withNegated: false },
      host: textFlag('Only this host, or *.example.org; with a port as it is shown, only there', 'host'),
      rule: textFlag('Only what this rule decided, or all whose ids begin so', 'rule'),
      verdict: { kind: 'enum', values: ['allow', 'deny'], brief: 'Only these', optional: true },
      since: textFlag('Only the last 10m, 2h or 3d, or since a time in ISO 8601', 'time'),
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { followDecisions, readDecisions, summarizeLog } = await import('../../bottle/log/logs.ts');
    const { bottlePaths, findRecord, readRecord } = await import('../../bottle/state/store.ts');
    const { isLive } = await import('../../bottle/state/record.ts');
    const { expectOwnGateway } = await import('../../bottle/egress/foreign-gateway.ts');
    const { parseSince } = await import('../../bottle/log/logs.ts');
    const { renderSummary } = await import('../../bottle/log/render-summary.ts');
    const { untilInterrupted } = await import('../../bottle/session/interrupt.ts');
    const { eitherOf } = await import('../../host/deadline.ts');
    const { BottleError } = await import('../../errors.ts');
    const { note, print, printJson, outputClosed } = await import('../../ui/print.ts');
    const { decisionAsJson, renderDecision } = await import('../../bottle/log/decision-line.ts');

    return async ({ flags: { json, follow, summary, since, ...wanted }, args: [idOrAgent] }) => {
      if (summary && follow)
        throw new BottleError('usage', '--summary does not go with --follow', {
          fix: 'leave out one of the two',
        });
      const sinceMs = since === undefined ? undefined : parseSince(since, Date.now());
      const filter = { host: wanted.host, rule: wanted.rule, verdict: wanted.verdict, sinceMs };
      const record = await findRecord(idOrAgent);
      expectOwnGateway(record, 'log of this form');
      const { id } = record;
      const { auditPath } = bottlePaths(id);
      const show = (line: AuditLine) => print(json ? decisionAsJson(line) : renderDecision(line));
      const onStray = (lineNumber: number) =>
        note(
          `line ${lineNumber} is none of the gateway's; what was changed says: bot-bottle logs verify ${id}`,
        );
      if (!existsSync(auditPath))
        note(`there is no log of ${id}: not yet, or not any more, which says: bot-bottle logs verify ${id}`);
      if (summary) {
        const found = await summarizeLog(auditPath, { filter, onStray });
        return json ? printJson({ bottle: id, ...found }) : print(renderSummary(found));
      }
      if (!follow) {
        for await (const line of readDecisions(auditPath, { filter, onStray })) show(line);
        return;
      }
      const isOver = async () => {
        const record = await readRecord(id);
        return record === undefined || !isLive(record.phase);
      };
      const followed = { filter, onStray, signal: eitherOf(untilInterrupted(), outputClosed), isOver };
      for await (const line of followDecisions(auditPath, followed)) show(line);
    };
  },
});

const key = defineVerb<{ json: boolean }>({
  brief: 'Print this installation’s public key, with which others verify its logs',
  about: 'The private key signs the log of each bottle when it ends, and never leaves the state folder.',
  examples: ['bot-bottle logs key > bot-bottle.pem'],
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => {
    const { publicKeyForOthers } = await import('../../bottle/log/signing-key.ts');
    const { print, printJson } = await import('../../ui/print.ts');
    return async ({ flags: { json } }) => {
      const found = await publicKeyForOthers();
      if (json) printJson(found);
      else print(found.pem.trimEnd());
    };
  },
});

type Flags = {
  readonly json: boolean;
  readonly file?: string;
  readonly key?: string;
};

const verify = defineVerb<Flags, [string?]>({
  brief: 'Say whether a log is as it was written: which line was changed, cut out or moved',
  about:
    'A log is a chain of hashes, signed by this installation when its bottle ends. Until then, lines cut off at its end are not\n' +
    'found. Nor are they if the launcher crashed and gc signed the log: the output says so, and launcherLost in JSON.\n' +
    'Exit code 8 when something is wrong, or when the launcher is gone and gc has not signed yet. A copy is verified with the\n' +
    'signature.json beside it, anywhere. Without a bottle or a file, the logs of all bottles are.',
  examples: [
    'bot-bottle logs verify',
    'bot-bottle logs verify fixer',
    'bot-bottle logs verify --file copy/egress.jsonl --key bot-bottle.pem',
  ],
  parameters: {
    flags: {
      json: JSON_FLAG,
      file: textFlag('A copy of a log, or of the folder of a bottle', 'path'),
      key: textFlag('The public key that must have signed it; default: that of this installation', 'path'),
    },
    positional: { kind: 'tuple', parameters: [{ ...positional('Id or agent', 'bottle'), optional: true }] },
  },
  load: async () => {
    const { verifyCopy, verifyLogs } = await import('../../bottle/log/verify-request.ts');
    const { renderVerdict } = await import('../../bottle/log/verify.ts');
    const { BottleError } = await import('../../errors.ts');
    const { note, print, printJson } = await import('../../ui/print.ts');
    return async ({ flags: { json, file, key }, args: [idOrAgent] }) => {
      if (idOrAgent !== undefined && file !== undefined) {
        throw new BottleError('usage', 'a bottle or a copy of a log is verified, not both', {
          fix: 'leave out the bottle, or --file',
        });
      }
      const verdicts = file === undefined ? await verifyLogs(idOrAgent, key) : [await verifyCopy(file, key)];
      const isOne = idOrAgent !== undefined || file !== undefined;
      if (verdicts.length === 0) note('no log to verify');
      if (json) printJson(isOne ? verdicts[0] : verdicts);
      else for (const verdict of verdicts) print(renderVerdict(verdict));
      return verdicts.every(({ intact }) => intact) ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;
    };
  },
});

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

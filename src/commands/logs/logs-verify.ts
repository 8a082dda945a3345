import { EXIT_CODES } from '../../errors.ts';
import { defineVerb, JSON_FLAG, positional, textFlag } from '../command.ts';

type Flags = {
  readonly json: boolean;
  readonly file?: string;
  readonly key?: string;
};

export const verify = defineVerb<Flags, [string?]>({
  brief: 'Say whether a log is as it was written: which line was changed, cut out or moved',
  about:
    'A log is a chain of hashes, signed by this installation when its bottle ends. Until then, lines cut off at its end are not\n' +
    'found. Nor are they where its launcher was lost, and gc signed what it found: that is said, and launcherLost in JSON.\n' +
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
      if (verdicts.length === 0) note('there is no log to verify');
      if (json) printJson(isOne ? verdicts[0] : verdicts);
      else for (const verdict of verdicts) print(renderVerdict(verdict));
      return verdicts.every(({ intact }) => intact) ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;
    };
  },
});

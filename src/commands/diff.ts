import { isUtf8 } from 'node:buffer';
import { defineVerb, JSON_FLAG, positional } from './command.ts';

export const diff = defineVerb<{ json: boolean; binary: boolean }, [string]>({
  brief: 'Show what an agent changed in its copy of the project',
  about:
    'Nothing that the agent wrote is run: no hook, filter, attribute or configuration of its repository counts. On a\n' +
    'terminal, it shows control characters, characters that hide or reorder text, and invalid UTF-8 in a visible form;\n' +
    'a file gets all bytes unchanged, and --json also has base64 for invalid UTF-8.\n\n' +
    'git apply also takes the files that bot-bottle apply refuses or asks about because your own tools run them. Read\n' +
    'it first. Below the top of a repository it needs --directory="$(git rev-parse --show-prefix)", and files that a filter\n' +
    'changes on their way in (LFS, line ends) it may refuse.',
  examples: [
    'bot-bottle diff fixer',
    'bot-bottle diff fixer --binary > fixer.patch',
    'bot-bottle diff fixer --json',
  ],
  parameters: {
    flags: {
      binary: {
        kind: 'boolean',
        brief: 'Include binary files; without them git applies nothing of the patch',
        default: false,
        withNegated: false,
      },
      json: JSON_FLAG,
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { diffOf } = await import('../bottle/workspace.ts');
    const { showDiff } = await import('../workspace/diff/diff.ts');
    const { note, printJson } = await import('../ui/print.ts');
    const { escapeText } = await import('../ui/terminal/text.ts');
    return async ({ flags: { json, binary: isBinary }, args: [idOrAgent] }) => {
      const { patch, leftOut } = await diffOf(idOrAgent, { isBinary });
      if (json)
        return printJson({
          patch: patch.toString(),
          ...(isUtf8(patch) ? {} : { base64: patch.toString('base64') }),
          ...(leftOut.length === 0 ? {} : { leftOut }),
        });
      if (patch.length === 0) note('nothing changed');
      for (const { path, why } of isBinary ? leftOut : [])
        note(`not in the patch: ${escapeText(path)} ${why}`);
      if (patch.length > 0) process.stdout.write(process.stdout.isTTY ? showDiff(patch) : patch);
    };
  },
});

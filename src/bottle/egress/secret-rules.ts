import { readFile } from 'node:fs/promises';
import { BottleError, reasonOf } from '../../errors.ts';
import { readRules } from '../../gateway/dlp/rules/read.ts';
import type { RuleSet } from '../../gateway/dlp/rules/rule.ts';

/**
 * The user's own rules for data that must not leave, from all these files together; undefined if there are none.
 * @throws BottleError `manifest` if a file cannot be read, or a rule in it is unusable
 */
export async function readSecretRules(hostPaths: readonly string[]): Promise<RuleSet | undefined> {
  if (hostPaths.length === 0) return undefined;
  const sets = await Promise.all(hostPaths.map(async (path) => readRules(await textOf(path), path)));
  return {
    rules: sets.flatMap(({ rules, allowlists }) =>
      // The allowlist of one file applies to the rules of that file only.
      rules.map((rule) => ({ ...rule, allowlists: [...(rule.allowlists ?? []), ...allowlists] })),
    ),
    allowlists: [],
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BottleError('manifest', `egress.secret_rules: ${path} cannot be read: ${reasonOf(error)}`, {
      fix: 'see that the file is there and readable, or leave it out of the manifest',
      cause: error,
    });
  }
}

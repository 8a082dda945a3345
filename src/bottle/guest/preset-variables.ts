import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { homeDir } from '../../host/paths.ts';
import { PRESETS } from '../../manifest/presets/table.ts';
import type { PresetName } from '../../manifest/schema/rule-schema.ts';
import { placer } from '../../workspace/apply/project-paths.ts';
import { givenTo } from './start-files.ts';

/**
 * Refuses variables, such as CARGO_HOME set by direnv(1), that lead a preset's client into the project. Clients
 * otherwise ignore the project. A preset must not read the project's files: an agent could write the policy of the next
 * start.
 * @throws BottleError `policy` naming the variable
 */
export function refuseVariablesInProject(presets: readonly PresetName[], projectPath: string): void {
  const inProject = placer(projectPath);
  for (const preset of presets)
    for (const variable of PRESETS[preset].variables) {
      const { paths } = givenTo([hostVariable(variable) ?? ''], homeDir());
      const path = paths.find((one) => inProject({ path: one, why: variable }).length > 0);
      if (path === undefined) continue;
      throw new BottleError(
        'policy',
        `${variable} leads the preset ${preset} to ${path}, which is in the project`,
        {
          fix: `unset ${variable}, or name the hosts in the manifest instead of the preset`,
        },
      );
    }
}

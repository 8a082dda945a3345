import { GUEST } from '../../drivers/driver.ts';
import { GATEWAY_PORTS } from '../../contracts/gateway.ts';
import type { ReadPreset } from '../../manifest/presets.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import type { PresetName } from '../../manifest/schema/rule-schema.ts';
import { GUEST_CLIENTS_PATH } from './guest-files.ts';
import type { HomeStep } from './home-steps.ts';
import { run } from '../../host/run.ts';

/** Settings that make package clients in a bottle use the same registries as this host's clients. */

/** The settings of each preset that a bottle uses. */
export type ReadPresets = ReadonlyMap<PresetName, ReadPreset>;

/** The settings in the form that a start needs. */
export interface ClientsInBottle {
  readonly env: Readonly<Record<string, string>>;
  /** Text of each file in the bottle's own folder, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Copy the files into the home folder. Copies, because clients write to them. */
  readonly steps: readonly HomeStep[];
}

/** The settings of all presets in these rules. Pure. */
export function clientsInBottle(
  presets: ReadPresets,
  { allow }: Pick<ResolvedAgent['egress'], 'allow'>,
  gatewayAddress: string,
): ClientsInBottle {
  const proxy = { host: gatewayAddress, port: GATEWAY_PORTS.proxy };
  const used = [...presets].filter(([name]) => allow.some(({ id }) => id.endsWith(`] ${name}`)));
  const all = used.map(([, { settings }]) => settings(proxy));
  const texts = all.flatMap(({ homeFiles }) => Object.entries(homeFiles ?? {}));
  return {
    env: Object.fromEntries(all.flatMap(({ env }) => Object.entries(env ?? {}))),
    files: Object.fromEntries(texts.map(([path, text]) => [fileName(path), text])),
    steps: texts.map(([path]) => ({
      kind: 'copy',
      guestPath: `${GUEST.home}/${path}`,
      target: `${GUEST_CLIENTS_PATH}/${fileName(path)}`,
    })),
  };
}

const fileName = (homePath: string): string => homePath.replaceAll('/', '_');

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'user.name': ['GIT_AUTHOR_NAME', 'GIT_COMMITTER_NAME'],
  'user.email': ['GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_EMAIL'],
};

/**
 * The user's name and address from git's configuration, as the variables that git in a bottle reads (git(1)).
 * Runs outside any project, so that a repository's own configuration has no effect.
 */
export async function gitIdentity(): Promise<Record<string, string>> {
  const args = ['config', '--global', '--null', '--get-regexp', '^user\\.(name|email)$'];
  const { exitCode, stdout } = await run('git', args, { cwd: '/', timeoutMs: 5_000 });
  if (exitCode !== 0) return {};
  // "key NEWLINE value NUL"; the last of several values counts.
  const settings = stdout.split('\0').flatMap((entry) => {
    const [key = '', ...value] = entry.split('\n');
    return (VARIABLES[key] ?? []).map((variable) => [variable, value.join('\n').trim()] as const);
  });
  return Object.fromEntries(settings.filter(([, value]) => value !== ''));
}

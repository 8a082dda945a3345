import { dockerfileReference } from '../../contracts/host-names.ts';
import { join } from 'node:path';
import type { Rung } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { runOrThrow } from '../../host/run.ts';
import type { ResolvedImage } from '../../manifest/resolve.ts';
import type { BottleInput, ImageInput } from '../../manifest/schema/schema.ts';
import { bringSkillsIn } from '../../workspace/skills.ts';
import type { NamedBottle } from './named-bottle.ts';

/** Creates or copies what an arena's manifest refers to, so that the manifest finds it. */

/** Variables through which programs that keep secrets find the user's session. */
export const SESSION_VARIABLES: readonly string[] = ['DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK'];

/** Returns whether an identity's secret comes from such a program: all sources except variables and files do. Pure. */
export const needsSession = ({ egress }: BottleInput): boolean =>
  (egress?.allow ?? []).some(({ inject }) => {
    if (inject === undefined || typeof inject === 'string') return false;
    const { secret } = inject;
    return typeof secret === 'string'
      ? secret.startsWith('op:')
      : secret.command !== undefined || secret.keyring !== undefined;
  });

export interface Stage {
  readonly rung: Rung;
  /** The folder of the manifest. */
  readonly dir: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Returns the bottle for that manifest, without its resources.
 * @throws BottleError as a start: the image is not available or not usable, a skill is missing, or OpenSSH is
 */
export async function stageBottle(named: NamedBottle, stage: Stage): Promise<BottleInput> {
  const image = await imageOf(named.image, stage);
  await bringSkillsIn(named.skills, join(stage.dir, '.bot-bottle', 'skills'));
  const { ssh = [] } = named.input;
  const identity = ssh.length === 0 ? '' : await makeKey(stage.dir);
  return {
    ...named.input,
    ...(image === undefined ? {} : { image }),
    ...(named.skills.length === 0 ? {} : { skills: [...new Set(named.skills.map(({ name }) => name))] }),
    ...(ssh.length === 0 ? {} : { ssh: ssh.map((entry) => ({ ...entry, identity })) }),
  };
}

/** Builds a Dockerfile where it is, and returns the name of its image. */
async function imageOf(image: ResolvedImage, { rung, ...work }: Stage): Promise<ImageInput | undefined> {
  if (image.kind === 'default') return undefined;
  await driverOf(rung).prepareImage(rung, image, work);
  return image.kind === 'reference' ? image.reference : dockerfileReference(image.hostPath);
}

/** Creates a key that no server knows; the bottle handles it like any other. */
async function makeKey(dir: string): Promise<string> {
  const path = join(dir, 'ssh-key');
  await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'made for an attack', '-f', path]);
  return path;
}

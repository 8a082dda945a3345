import { dockerfileReference } from '../../contracts/host-names.ts';
import { join } from 'node:path';
import type { Rung } from '../../drivers/driver.ts';
import { driverOf } from '../../drivers/index.ts';
import { runOrThrow } from '../../host/run.ts';
import type { ResolvedImage } from '../../manifest/resolve.ts';
import type { BottleInput, ImageInput } from '../../manifest/schema/schema.ts';
import { bringSkillsIn } from '../../workspace/skills.ts';
import type { NamedBottle } from './named-bottle.ts';

/** What a manifest of an arena's names beside itself: made, or copied to where it is found from there. */

export interface Stage {
  readonly rung: Rung;
  /** Where the manifest will be. */
  readonly dir: string;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The bottle as that manifest is to have it, but for its resources.
 * @throws BottleError as a start of it: the image cannot be had or used, a skill is not there, there is no OpenSSH
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

/** A Dockerfile is built where it lies, and named by what its image is called then. */
async function imageOf(image: ResolvedImage, { rung, ...work }: Stage): Promise<ImageInput | undefined> {
  if (image.kind === 'default') return undefined;
  await driverOf(rung).prepareImage(rung, image, work);
  return image.kind === 'reference' ? image.reference : dockerfileReference(image.hostPath);
}

/** A key that no server knows; its holder and its socket are as with any other. */
async function makeKey(dir: string): Promise<string> {
  const path = join(dir, 'ssh-key');
  await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'made for an attack', '-f', path]);
  return path;
}

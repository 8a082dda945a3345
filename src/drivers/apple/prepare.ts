import { lstatSync } from 'node:fs';
import { together } from '../../host/together.ts';
import type { BottleSpec, DriverContext, PreparedBottle, Mount } from '../driver.ts';
import { unreachablePlaces } from '../network/unreachable.ts';
import { agentOrder } from './agent.ts';
import { container, SLOW_MS } from './cli.ts';
import { openGateway } from './gateway.ts';
import { ensureImage } from '../attached/image/store.ts';
import { IMAGES } from './images.ts';
import { serviceVersionIn } from './json/other.ts';
import { containerName } from './names.ts';
import { createArguments } from './plan.ts';
import { confirmContainer } from './readback.ts';
import { startMachine } from './session.ts';
import { expectVersions } from './versions.ts';
import { makePrivateDir } from '../../host/files.ts';
import { copyPrograms, copyTo, writeTo } from '../attached/machine-files.ts';
import { ETC_FILES, etcContent } from '../attached/machine.ts';
import { alonePath, hostPaths } from './machine-paths.ts';

/**
 * Implements `prepare` of the driver: starts the gateway in a separate machine; then makes the agent's machine, without
 * any interface, with the gateway's sockets. Reads it back before the start, and checks it from inside before any code
 * of the agent runs.
 * @throws BottleError `dependencyMissing`, `manifest`, `rungUnavailable`
 */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  const { signal, files } = context;
  files.catch(() => undefined); // awaited below
  for (const role of ['agent', 'gateway'] as const)
    await context.record({ kind: 'container', engine: 'apple', name: containerName(spec.id, role) });
  // Before anything is loaded, because the known holes concern loading.
  const [said, status] = await together([
    container('say its version', ['--version'], { signal }),
    container('say how its service is', ['system', 'status', '--format', 'json'], { signal }),
  ]);
  expectVersions(said, serviceVersionIn(status));
  const [agentImage, helperImage] = await together([
    ensureImage(IMAGES, spec.image, context),
    ensureImage(IMAGES, { kind: 'default' }, context),
  ]);
  await together([openGateway(spec, helperImage, context), files]);
  // After the gateway: by then the bottle's files contain the certificate to trust.
  await writeAgentFiles(spec);
  const order = agentOrder(spec, { image: agentImage.reference, denied: unreachablePlaces(), isFile });
  await container('make the agent’s machine', createArguments(order), { signal, timeoutMs: SLOW_MS });
  await confirmContainer(order, agentImage.digest, signal);
  context.progress('starting the machine');
  const { checks, launch } = await startMachine(spec, signal);
  return {
    evidence: {
      networkForm: 'sockets',
      image: `${agentImage.reference} ${agentImage.digest}`,
      limits: 'by the word of Apple’s container: nothing on this host can be asked for them',
    },
    checks,
    launch,
  };
}

/** Whether a mount shows a single file; the file must exist. */
const isFile = ({ hostPath }: Mount): boolean => lstatSync(hostPath).isFile();

/** Copies the programs and the individually mounted files, and writes the bottle's own files. */
async function writeAgentFiles(spec: BottleSpec): Promise<void> {
  const { programDir, socketsDir } = hostPaths(spec.runDir);
  await makePrivateDir(socketsDir);
  await copyPrograms(programDir, ['attached/first.pl']);
  // The host name is the container's name: there is no `--hostname`.
  const content = etcContent(spec, containerName(spec.id, 'agent'));
  for (const name of ETC_FILES) await writeTo(alonePath(spec.runDir, `/etc/${name}`), content[name]);
  for (const mount of spec.mounts.filter((one) => one.isSocket !== true && isFile(one)))
    await copyTo(mount.hostPath, alonePath(spec.runDir, mount.guestPath), 0o644);
}

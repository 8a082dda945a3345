import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Failure, quoted } from '../failure.ts';
import type { Configuration } from '../store/configuration.ts';
import { addContainer, findContainer, removeContainer, type Container } from '../store/containers.ts';
import { findImage } from '../store/images.ts';
import { configurationOf } from '../values/from-flags.ts';
import { checkName } from '../values/values.ts';
import { say, theContainer, type Call } from './context.ts';
import { makeRaw, onResize, ownSize } from './host-terminal.ts';
import { handSignalsOn } from './signals.ts';
import { connectStreams, letGo, startMachine } from './start-machine.ts';

/** `run`, `create` and `start`. */

/** Makes a container that does not run. */
export function create(call: Call): number {
  say(make(call).id);
  return 0;
}

function make(call: Call): Container {
  const { flags, place, settings, env } = call;
  const id = flags.value('--name') ?? randomUUID();
  checkName(id);
  if (findContainer(place, id) !== undefined) throw already(call, id);
  const [reference = ''] = flags.positional;
  const image = findImage(place, reference);
  if (image === undefined) throw noRegistry(reference);
  if (!settings.hasKernel)
    throw new Failure(
      'notFound',
      'default kernel not configured for architecture arm64, please use the `container system kernel set` command to configure it',
    );
  const configuration = configurationOf({ id, flags, image, place, settings, env });
  checkMemory(configuration);
  addContainer(place, { configuration, isRemovedAtEnd: flags.has('--rm') });
  const cidfile = flags.value('--cidfile');
  if (cidfile !== undefined) writeFileSync(cidfile, id, { mode: 0o644 });
  return theContainer(call, id);
}

/** `run` looks before it asks for anything. */
const already = ({ verb }: Call, id: string): Failure =>
  verb === 'run'
    ? new Failure('exists', `container with id ${id} already exists`)
    : notCreated(new Failure('exists', `container already exists: ${id}`));

const notCreated = (cause: Failure): Failure =>
  new Failure('internalError', 'failed to create container', quoted(cause));

const LEAST_MEMORY_MIB = 200;

/** ContainersService.swift of 1.2.2. */
function checkMemory({ resources: { memoryInBytes: bytes } }: Configuration): void {
  if (bytes >= LEAST_MEMORY_MIB * 2 ** 20) return;
  const why = `minimum memory amount allowed is ${LEAST_MEMORY_MIB} MiB (got ${bytes} bytes)`;
  throw notCreated(new Failure('invalidArgument', why));
}

/** What is not here would be fetched: there is no registry. */
export const noRegistry = (reference: string): Failure =>
  new Failure(
    'internalError',
    `failed to fetch ${reference}`,
    'no registry can be reached from the stand-in',
  );

/** Makes one and starts it. */
export async function run(call: Call): Promise<number> {
  const container = make(call);
  try {
    return await begin(call, container, !call.flags.has('--detach'));
  } catch (error) {
    removeContainer(call.place, container.id);
    throw error;
  }
}

/** Starts one that was made. */
export async function start(call: Call): Promise<number> {
  const container = theContainer(call, call.flags.positional[0] ?? '');
  const isAttached = call.flags.has('--attach') || call.flags.has('--interactive');
  if (container.running === undefined) return await begin(call, container, isAttached);
  if (isAttached)
    throw new Failure('invalidArgument', 'attach is currently unsupported on already running containers');
  say(container.id);
  return 0;
}

async function begin(call: Call, container: Container, isAttached: boolean): Promise<number> {
  const { place, flags, settings } = call;
  const isInteractive = flags.has('--interactive');
  const isTty = container.configuration.initProcess.terminal;
  const setBack = isAttached && isTty && isInteractive ? makeRaw(settings) : (): void => undefined;
  try {
    const machine = await startMachine(place, container, isAttached);
    if (!isAttached) {
      letGo(machine);
      say(container.id);
      return 0;
    }
    connectStreams(machine, isInteractive);
    const size = ownSize();
    if (size !== undefined) machine.child.send(size);
    onResize((next) => machine.child.send(next));
    handSignalsOn(
      isTty
        ? undefined
        : (signal) => {
            const initPid = findContainer(place, container.id)?.running?.initPid;
            if (initPid !== undefined) process.kill(initPid, signal);
          },
    );
    return await machine.exitCode;
  } finally {
    setBack();
  }
}

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { addContainer, findContainer, removeContainer, type Container } from '../store/containers.ts';
import { findImage } from '../store/images.ts';
import { configurationOf } from '../values/from-flags.ts';
import { checkName } from '../values/values.ts';
import { say, theContainer, type Call } from './context.ts';
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
  if (findContainer(place, id) !== undefined)
    throw new Failure('exists', `container with id ${id} already exists`);
  const [reference = ''] = flags.positional;
  const image = findImage(place, reference);
  if (image === undefined) throw noRegistry(reference);
  if (!settings.hasKernel)
    throw new Failure(
      'notFound',
      'default kernel not configured for architecture arm64, please use the `container system kernel set` command to configure it',
    );
  const configuration = configurationOf({ id, flags, image, place, settings, env });
  checkTerminal(flags.has('--tty') && !flags.has('--detach') && flags.has('--interactive'));
  addContainer(place, { configuration, isRemovedAtEnd: flags.has('--rm') });
  const cidfile = flags.value('--cidfile');
  if (cidfile !== undefined) writeFileSync(cidfile, id, { mode: 0o644 });
  return theContainer(call, id);
}

/** What is not here would be fetched: there is no registry. */
export const noRegistry = (reference: string): Failure =>
  new Failure(
    'internalError',
    `failed to fetch ${reference}`,
    'no registry can be reached from the stand-in',
  );

/** Only what is both interactive and on a terminal makes it raw: containerization Terminal.swift fails where it is none. */
export function checkTerminal(isRaw: boolean): void {
  if (isRaw && !process.stdin.isTTY)
    throw new Failure('internalError', 'failed to run container: notATerminal');
}

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

async function begin({ place, flags }: Call, container: Container, isAttached: boolean): Promise<number> {
  const machine = await startMachine(place, container, isAttached);
  if (!isAttached) {
    letGo(machine);
    say(container.id);
    return 0;
  }
  connectStreams(machine, flags.has('--interactive'));
  handSignalsOn((signal) => {
    const initPid = findContainer(place, container.id)?.running?.initPid;
    if (initPid !== undefined) process.kill(initPid, signal);
  });
  return await machine.exitCode;
}

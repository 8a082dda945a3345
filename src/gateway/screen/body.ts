import { Transform, type Readable, type TransformCallback } from 'node:stream';
import type { BodyInspection, Finding } from '../dlp/finding.ts';
import { ContentStream } from '../message/content-stream.ts';
import { Held, ONE_PIECE } from '../message/held.ts';
import { apart } from '../message/own-memory.ts';
import { HELD_BYTES, holdLargeBody, UNKNOWN_LENGTH_WAIT_MS, type LargeOptions } from './large-body.ts';
import { cancelInspection, scheduleInspection } from './inspection-schedule.ts';
import { Blocked, giveRoom, NO_ROOM, takeRoom, type HeldBody } from './room.ts';

/**
 * Inspects the body of a request before it leaves: a short body as a whole, a longer one piece by piece as it passes.
 */

/** Largest body, in bytes, that is inspected in this thread: handing it to another thread would take longer. */
const INLINE_BYTES = 64 * 1024;
/** Most pieces gathered before another thread takes over: each takes memory besides its bytes. */
const MOST_PIECES = 1024;

export interface HoldOptions {
  /** Undefined: the body is not inspected. */
  readonly inspection: BodyInspection | undefined;
  /** The client has stated the length. */
  readonly hasLength: boolean;
  /** The whole body must arrive before any of it leaves; a longer body is refused. */
  readonly wholeUpToBytes?: number;
  /** Set if another thread inspects large bodies. */
  readonly large?: Pick<LargeOptions, 'inspect' | 'about'> | undefined;
}

/**
 * Takes room for a body that is not inspected.
 * @throws Error when there is no room for its bytes so far
 */
export function holdUninspected(body: Uint8Array | Readable): HeldBody {
  const roomBytes = heldBytesOf(body);
  if (!takeRoom(roomBytes)) throw new Error(NO_ROOM);
  return { body, findings: [], roomBytes };
}

function heldBytesOf(body: Uint8Array | Readable): number {
  if (body instanceof Uint8Array) return body.length;
  return body instanceof ContentStream ? body.heldBytes : body.readableLength;
}

/**
 * Like `holdBody`, for a body that has arrived completely.
 * @throws Blocked when something in it may not leave; Error when it is too long, or there is no room
 */
export function inspectWhole(
  body: Uint8Array,
  { inspection, wholeUpToBytes = Infinity }: Omit<HoldOptions, 'hasLength'>,
): HeldBody {
  if (body.length > wholeUpToBytes) throw new Error(`the body is longer than ${wholeUpToBytes} bytes`);
  if (inspection === undefined) return holdUninspected(body);
  const passed = [inspection.push(body), inspection.end()];
  const findings = passed.flatMap((one) => one.findings);
  if (passed.some(({ blocked }) => blocked)) throw new Blocked(findings);
  const { roomBytes } = holdUninspected(body);
  return { body: Buffer.concat(passed.map(({ release }) => release)), findings, roomBytes };
}

/**
 * Reads the beginning of a body, or all of it.
 * @throws Blocked when something in it may not leave; Error when it is too long, finds no room, or breaks off
 */
export function holdBody(body: Readable, options: HoldOptions): Promise<HeldBody> {
  const { inspection, hasLength, wholeUpToBytes, large } = options;
  if (inspection !== undefined && large !== undefined) return gatherBody(body, options, large);
  return new Promise((resolve, reject) => {
    const kept = new Held();
    const findings: Finding[] = [];
    let received = 0;
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      body.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose).pause();
    };
    const fail = (error: Error): void => {
      settle();
      giveRoom(received);
      received = 0;
      reject(error);
    };
    const take = (step: () => ReturnType<BodyInspection['push']>): boolean => {
      const { release, findings: more, blocked } = step();
      findings.push(...more);
      if (release.length > 0) kept.add(release);
      if (blocked) fail(new Blocked(findings));
      return !blocked;
    };
    const goOn = (): void => {
      settle();
      resolve({ body: continued(body, { kept, inspection, findings }), findings, roomBytes: received });
    };
    const onData = (chunk: Buffer): void => {
      if (!takeRoom(chunk.length)) return fail(new Error(NO_ROOM));
      received += chunk.length;
      if (inspection === undefined) kept.add(chunk);
      else if (!take(() => inspection.push(apart(chunk)))) return;
      if (wholeUpToBytes === undefined && received > HELD_BYTES) goOn();
      else if (received > (wholeUpToBytes ?? Infinity))
        fail(new Error(`the body is longer than ${wholeUpToBytes} bytes`));
    };
    const onEnd = (): void => {
      if (inspection !== undefined && !take(() => inspection.end())) return;
      settle();
      resolve({ body: kept.takeAll(), findings, roomBytes: received });
    };
    const onClose = (): void => fail(new Error('the client broke off'));
    // A stream that is already destroyed emits no more events.
    if (body.destroyed) return fail(new Error('the client broke off'));
    body.on('data', onData).once('end', onEnd).once('error', fail).once('close', onClose);
    if (!hasLength && wholeUpToBytes === undefined) timer = setTimeout(goOn, UNKNOWN_LENGTH_WAIT_MS);
  });
}

/** Waits until the body proves large or small. A small one is inspected here, a large one by another thread. */
function gatherBody(
  body: Readable,
  { inspection, hasLength, wholeUpToBytes }: HoldOptions,
  large: NonNullable<HoldOptions['large']>,
): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const begun: Buffer[] = [];
    let receivedBytes = 0;
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      body.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose).pause();
    };
    const fail = (error: Error): void => {
      settle();
      giveRoom(receivedBytes);
      reject(error);
    };
    const handOver = (isLate: boolean): void => {
      settle();
      resolve(holdLargeBody(body, { ...large, begun, hasLength, isLate, wholeUpToBytes }));
    };
    const onData = (chunk: Buffer): void => {
      if (!takeRoom(chunk.length)) return fail(new Error(NO_ROOM));
      receivedBytes += chunk.length;
      begun.push(apart(chunk));
      if (receivedBytes > INLINE_BYTES || begun.length > MOST_PIECES) handOver(false);
    };
    const onEnd = (): void => {
      settle();
      giveRoom(receivedBytes);
      try {
        resolve(
          inspectWhole(Buffer.concat(begun), { inspection, ...(wholeUpToBytes && { wholeUpToBytes }) }),
        );
      } catch (error) {
        reject(error);
      }
    };
    const onClose = (): void => fail(new Error('the client broke off'));
    // A stream that is already destroyed emits no more events.
    if (body.destroyed) return fail(new Error('the client broke off'));
    body.on('data', onData).once('end', onEnd).once('error', fail).once('close', onClose);
    if (!hasLength && wholeUpToBytes === undefined)
      timer = setTimeout(() => handOver(true), UNKNOWN_LENGTH_WAIT_MS);
  });
}

interface Begun {
  readonly kept: Held;
  readonly inspection: BodyInspection | undefined;
  /** Later findings are added. */
  readonly findings: Finding[];
}

/** A stream of the inspected bytes, and of the rest as it arrives. */
function continued(body: Readable, { kept, inspection, findings }: Begun): Readable {
  const pass = (step: () => ReturnType<BodyInspection['push']>, done: TransformCallback): void => {
    const { release, findings: more, blocked } = step();
    findings.push(...more);
    if (blocked) return done(new Blocked(findings));
    done(null, release.length === 0 ? undefined : apart(release));
  };
  const look = (): void => {
    if (inspection === undefined) return;
    // Waits while the reader leaves ready bytes unread.
    if (stream.readableLength >= stream.readableHighWaterMark) return scheduleInspection(look);
    pass(
      () => inspection.flush(),
      (error, release?: Uint8Array) => {
        if (error) stream.destroy(error);
        else if (release !== undefined) stream.push(release);
      },
    );
  };
  const stream = new Transform({
    writableHighWaterMark: ONE_PIECE,
    transform: (chunk: Buffer, _, done) => {
      if (inspection === undefined) return done(null, chunk);
      pass(
        () => inspection.push(apart(chunk)),
        (error, release) => {
          // Even if some of it leaves: the inspection may still gather the last bytes.
          if (error === null) scheduleInspection(look);
          done(error, release);
        },
      );
    },
    flush: (done) => {
      cancelInspection(look);
      if (inspection === undefined) done();
      else pass(() => inspection.end(), done);
    },
    destroy: (error, done) => {
      cancelInspection(look);
      done(error);
    },
  });
  // The stream has no reader while the gateway dials the host; a later reader sees that it is broken.
  stream.on('error', () => undefined);
  for (let piece = kept.take(); piece !== undefined; piece = kept.take()) stream.push(piece);
  inspection?.startLeaving();
  if (inspection !== undefined) scheduleInspection(look);
  body.once('error', (error) => stream.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) stream.destroy(new Error('the client broke off'));
  });
  stream.once('close', () => {
    if (!body.readableEnded) body.unpipe(stream).resume();
  });
  return body.pipe(stream);
}

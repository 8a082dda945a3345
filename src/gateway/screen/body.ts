import { Transform, type Readable, type TransformCallback } from 'node:stream';
import type { BodyInspection, Finding } from '../dlp/finding.ts';
import { ContentStream } from '../message/content-stream.ts';
import { Held, ONE_PIECE } from '../message/held.ts';
import { apart } from '../message/own-memory.ts';
import { Blocked, type HeldBody } from './blocked.ts';
import { HELD_BYTES, holdLargeBody, PATIENCE_MS, type LargeOptions } from './large-body.ts';
import { lookNoMore, lookSoon } from './looks.ts';
import { giveRoom, NO_ROOM, takeRoom } from './room.ts';

/** What a request brings, looked at before it leaves: whole where it is short, else piece by piece as it goes. */

/** What is all here and no longer is inspected at once: to have another thread do it would take longer. */
const INLINE_BYTES = 64 * 1024;
/** Each piece takes memory besides its bytes. */
const MOST_PIECES = 1024;

export interface HoldOptions {
  /** Undefined: nothing is looked for. */
  readonly inspection: BodyInspection | undefined;
  /** The client has said how much will come. */
  readonly hasLength: boolean;
  /** Nothing may leave before all of it is here; more than this is too much. */
  readonly wholeUpToBytes?: number;
  /** Where another thread inspects what is large. */
  readonly large?: Pick<LargeOptions, 'inspect' | 'about'> | undefined;
}

/** What nobody looks at. @throws Error when there is no room for what is here of it */
export function holdUnseen(body: Uint8Array | Readable): HeldBody {
  const roomBytes = sizeOfWhatIsHere(body);
  if (!takeRoom(roomBytes)) throw new Error(NO_ROOM);
  return { body, findings: [], roomBytes };
}

function sizeOfWhatIsHere(body: Uint8Array | Readable): number {
  if (body instanceof Uint8Array) return body.length;
  return body instanceof ContentStream ? body.heldBytes : body.readableLength;
}

/**
 * As `holdBody`, of what is all here.
 * @throws Blocked when something in it may not leave; Error when it is too long, or there is no room
 */
export function lookAtWhole(
  body: Uint8Array,
  { inspection, wholeUpToBytes = Infinity }: Omit<HoldOptions, 'hasLength'>,
): HeldBody {
  if (body.length > wholeUpToBytes) throw new Error(`the body is longer than ${wholeUpToBytes} bytes`);
  if (inspection === undefined) return holdUnseen(body);
  const passed = [inspection.push(body), inspection.end()];
  const findings = passed.flatMap((one) => one.findings);
  if (passed.some(({ blocked }) => blocked)) throw new Blocked(findings);
  const { roomBytes } = holdUnseen(body);
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
    // Of one that is over, nothing is heard any more.
    if (body.destroyed) return fail(new Error('the client broke off'));
    body.on('data', onData).once('end', onEnd).once('error', fail).once('close', onClose);
    if (!hasLength && wholeUpToBytes === undefined) timer = setTimeout(goOn, PATIENCE_MS);
  });
}

/** Waits until it is known whether a body is large; then it is inspected here, or by another thread. */
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
        resolve(lookAtWhole(Buffer.concat(begun), { inspection, ...(wholeUpToBytes && { wholeUpToBytes }) }));
      } catch (error) {
        reject(error);
      }
    };
    const onClose = (): void => fail(new Error('the client broke off'));
    // Of one that is over, nothing is heard any more.
    if (body.destroyed) return fail(new Error('the client broke off'));
    body.on('data', onData).once('end', onEnd).once('error', fail).once('close', onClose);
    if (!hasLength && wholeUpToBytes === undefined) timer = setTimeout(() => handOver(true), PATIENCE_MS);
  });
}

interface Begun {
  readonly kept: Held;
  readonly inspection: BodyInspection | undefined;
  /** What is found later is added. */
  readonly findings: Finding[];
}

/** What was looked at already, and the rest as it comes. */
function continued(body: Readable, { kept, inspection, findings }: Begun): Readable {
  const pass = (step: () => ReturnType<BodyInspection['push']>, done: TransformCallback): void => {
    const { release, findings: more, blocked } = step();
    findings.push(...more);
    if (blocked) return done(new Blocked(findings));
    done(null, release.length === 0 ? undefined : apart(release));
  };
  const look = (): void => {
    if (inspection === undefined) return;
    // While nobody takes what there is, no more is made of it.
    if (stream.readableLength >= stream.readableHighWaterMark) return lookSoon(look);
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
          // Also where some of it leaves: what came last may be gathered all the same.
          if (error === null) lookSoon(look);
          done(error, release);
        },
      );
    },
    flush: (done) => {
      lookNoMore(look);
      if (inspection === undefined) done();
      else pass(() => inspection.end(), done);
    },
    destroy: (error, done) => {
      lookNoMore(look);
      done(error);
    },
  });
  // Until somebody takes it, while the host is dialled; who does sees that it is broken.
  stream.on('error', () => undefined);
  for (let piece = kept.take(); piece !== undefined; piece = kept.take()) stream.push(piece);
  inspection?.startLeaving();
  if (inspection !== undefined) lookSoon(look);
  body.once('error', (error) => stream.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) stream.destroy(new Error('the client broke off'));
  });
  stream.once('close', () => {
    if (!body.readableEnded) body.unpipe(stream).resume();
  });
  return body.pipe(stream);
}

import { Readable } from 'node:stream';
import type { Body } from '../../message/exchange.ts';

/**
 * Timeout of a host in milliseconds, while the gateway waits for it. A model that thinks before its first byte may take
 * ten minutes.
 */
export const UPSTREAM_SILENCE_MS = 15 * 60_000;

/**
 * Returns the answer, if the host keeps reading the request, and starts its answer in time after the whole request.
 * @throws Error that names the missing step of the host, or the error of `answered`
 */
export function withAnswerTimeout<Answer>(
  answered: Promise<Answer>,
  body: Body | undefined,
  limitMs: number,
): Promise<Answer> {
  const upload = body instanceof Readable && !body.readableEnded ? body : undefined;
  return new Promise((resolve, reject) => {
    const expire = (): void => {
      const isSent = upload === undefined || upload.readableEnded;
      if (isSent) reject(new Error(`the upstream has not begun to answer within ${durationText(limitMs)}`));
      else if (upload.isPaused())
        reject(new Error(`the upstream has taken no more of the request for ${durationText(limitMs)}`));
      else timer.refresh(); // waiting for the client
    };
    const timer = setTimeout(expire, limitMs);
    const goOn = (): void => void timer.refresh();
    upload?.on('data', goOn).once('end', goOn);
    const settle = (): void => {
      clearTimeout(timer);
      upload?.off('data', goOn).off('end', goOn);
    };
    const pass = (answer: Answer): void => {
      settle();
      resolve(answer);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    answered.then(pass, fail);
  });
}

/** Breaks an answer off when its host has sent no more of it for this time. The error gives the reason. */
export function breakWhenSilent(answer: Readable, limitMs: number): void {
  if (answer.closed || answer.destroyed) return;
  const expire = (): void => {
    if (answer.isPaused()) timer.refresh(); // waiting for the client
    else
      answer.destroy(new Error(`the upstream has sent no more of its answer for ${durationText(limitMs)}`));
  };
  const timer = setTimeout(expire, limitMs);
  const goOn = (): void => void timer.refresh();
  const settle = (): void => {
    clearTimeout(timer);
    answer.off('data', goOn);
  };
  answer.on('data', goOn).once('end', settle).once('close', settle);
}

const durationText = (ms: number): string => (ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} minutes`);

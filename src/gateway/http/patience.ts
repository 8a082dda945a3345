import { Readable } from 'node:stream';
import type { Body } from './exchange.ts';

/** A model that thinks before its first byte may take ten minutes; whoever has said nothing by then has stalled. */
const ANSWER_LIMIT_MS = 15 * 60_000;

/**
 * The answer, as long as it begins in time after the whole request has been sent.
 * @throws Error that says that it did not, or what `answered` throws
 */
export function withPatience<Answer>(
  answered: Promise<Answer>,
  body: Body | undefined,
  limitMs = ANSWER_LIMIT_MS,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    const expire = (): void =>
      reject(new Error(`the host has not begun to answer within ${spoken(limitMs)}`));
    const begin = (): void => {
      if (!isOver) timer = setTimeout(expire, limitMs);
    };
    const settle = (): void => {
      isOver = true;
      clearTimeout(timer);
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
    if (body instanceof Readable) body.once('end', begin);
    else begin();
  });
}

const spoken = (ms: number): string => (ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} minutes`);

import type { Readable, Writable } from 'node:stream';
import { joinLent } from '../../message/buffer-release.ts';

/**
 * Passes one stream on to another, with the end as an end and a break as a break. Does the same as `pipeline` of
 * node:stream at a third of its cost, because that makes an AbortController and its exception for every call.
 */
export function pour(from: Readable, to: Writable, broke: (error: Error) => void): void {
  joinLent(from, to);
  let isOver = false;
  const finish = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    if (error === undefined) return;
    from.destroy();
    to.destroy(error);
    broke(error);
  };
  if (from.errored !== null) return finish(from.errored);
  from.once('error', finish);
  from.once('close', () => {
    if (!from.readableEnded) finish(new Error('it broke off'));
  });
  to.once('error', finish);
  to.once('close', () => finish(to.writableFinished ? undefined : new Error('nobody takes it any more')));
  to.once('finish', () => finish());
  from.pipe(to);
}

import { describe, expect, it } from 'vitest';
import { unreachable } from './docker-socket.ts';
import { EngineError } from './errors.ts';

describe('unreachable', () => {
  it.each([
    [new EngineError('GET /info: connect EACCES /var/run/docker.sock'), /may not talk/, /usermod/],
    [new EngineError('GET /info: connect ECONNREFUSED /x'), /does not run/, /start/],
    [new EngineError('GET /info: connect ENOENT /x'), /does not run/, /start/],
    [new EngineError('client version 1.44 is too new', 400), /too old/, /Docker 25/],
    [new EngineError('the engine did not answer GET /info within 5 s'), /does not answer/, /restart/],
  ])('%s', (error, reason, fix) => {
    expect(unreachable(error)).toEqual({
      status: 'installed',
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { unreachable } from './docker-socket.ts';
import { EngineError } from './errors.ts';

describe('unreachable', () => {
  it.each([
    [new EngineError('GET /info: connect EACCES /var/run/docker.sock'), /may not talk/, /usermod/],
    [new EngineError('GET /info: connect ECONNREFUSED /x'), /does not run/, /start/],
    [new EngineError('GET /info: connect ENOENT /x'), /does not run/, /start/],
    [new EngineError('the engine did not answer GET /info within 5 s'), /does not answer/, /restart/],
  ])('unreachable: %s', (error, reason, fix) => {
    expect(unreachable(error)).toEqual({
      status: 'installed',
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  it('unreachable shows the message of a Docker that no longer supports this API version, and is not too old', () => {
    const said = 'client version 1.44 is too old. Minimum supported API version is 1.48';
    expect(unreachable(new EngineError(said, 400)).reason).toBe(`Docker does not answer: ${said}`);
  });

  it('unreachable names Docker 25 and its source for Debian 12, where a Docker is older, and keeps the evidence', () => {
    const said = 'client version 1.44 is too new. Maximum supported API version is 1.41';
    expect(unreachable(new EngineError(said, 400))).toEqual({
      status: 'installed',
      reason: 'this Docker is older than 25',
      fix: expect.stringMatching(/Docker 25 or newer; Debian 12 .*engine\/install\/debian/) as string,
      evidence: { said },
    });
  });

  it.each([
    ['/home/USER/.docker/desktop/docker.sock', 'Docker Desktop'],
    ['/Users/USER/.docker/run/docker.sock', 'Docker Desktop'],
    ['/Users/USER/.orbstack/run/docker.sock', 'OrbStack'],
    ['/Users/USER/.rd/docker.sock', 'Rancher Desktop'],
    ['/Users/USER/.colima/default/docker.sock', 'Colima'],
    ['/Users/USER/.lima/docker/sock/docker.sock', 'Lima'],
  ])('%s is that of %s even if stopped, and is not started in vain', (path, host) => {
    const found = unreachable(new EngineError(`GET /info: connect ENOENT ${path}`));
    expect(found.reason).toContain(`${host}: `);
    expect(found.evidence).toEqual({ host });
  });
});

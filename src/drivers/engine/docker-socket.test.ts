import { describe, expect, it } from 'vitest';
import { unreachable } from './docker-socket.ts';
import { EngineError } from './errors.ts';

describe('unreachable', () => {
  it.each([
    [new EngineError('GET /info: connect EACCES /var/run/docker.sock'), /may not talk/, /usermod/],
    [new EngineError('GET /info: connect ECONNREFUSED /x'), /does not run/, /start/],
    [new EngineError('GET /info: connect ENOENT /x'), /does not run/, /start/],
    [new EngineError('the engine did not answer GET /info within 5 s'), /does not answer/, /restart/],
  ])('%s', (error, reason, fix) => {
    expect(unreachable(error)).toEqual({
      status: 'installed',
      reason: expect.stringMatching(reason) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  it('shows what a Docker says that no longer speaks this version of its interface, which is not too old', () => {
    const said = 'client version 1.44 is too old. Minimum supported API version is 1.48';
    expect(unreachable(new EngineError(said, 400)).reason).toBe(`Docker does not answer: ${said}`);
  });

  it('names Docker 25 and where Debian 12 has it from, where a Docker is older, and keeps what that says as evidence', () => {
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
  ])('%s is that of %s, though it is stopped: nobody starts it in vain', (path, host) => {
    const found = unreachable(new EngineError(`GET /info: connect ENOENT ${path}`));
    expect(found.reason).toContain(`${host}: `);
    expect(found.evidence).toEqual({ host });
  });
});

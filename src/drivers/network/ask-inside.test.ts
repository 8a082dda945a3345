import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../host/system/programs.ts';
import { run } from '../../host/run.ts';
import { GATEWAY_PORTS } from '../../contracts/gateway.ts';
import { askingProgram, CLIENTS, verdictOf } from './ask-inside.ts';

const spec = { id: 'b1' };

describe('answers to the check from inside', () => {
  it("this bottle's gateway answers, and the check holds", () => {
    const said = '{"bottle":"b1","status":"ok"}';
    expect(verdictOf(spec, { exitCode: 0, stdout: said, stderr: '' })).toMatchObject({
      held: { id: 'agent.gateway', evidence: 'GET /.bot-bottle/health: "bottle":"b1"' },
    });
  });

  it.each(['{"bottle":"b10","status":"ok"}', '{"status":"healthy"}', 'Connection refused'])(
    'an answer from another program fails the check: %s',
    (said) => {
      expect(verdictOf(spec, { exitCode: 0, stdout: said, stderr: '' })).toEqual({ failure: said });
    },
  );

  it('an empty answer fails the check with the exit code', () => {
    expect(verdictOf(spec, { exitCode: 142, stdout: '', stderr: '' })).toEqual({
      failure: 'no answer (exit code 142)',
    });
  });

  it('a late answer, and one on standard error, fail the check', () => {
    expect(verdictOf(spec, { exitCode: undefined, stdout: '"bottle":"b1"', stderr: '' })).toEqual({
      failure: 'no answer in time',
      isLate: true,
    });
    expect(verdictOf(spec, { exitCode: 0, stdout: '', stderr: '"bottle":"b1"' })).toHaveProperty('failure');
  });

  it('pipelock answers with its own health', () => {
    const foreign = { ...spec, foreignGateway: { engine: 'pipelock', hostPath: '/p' } } as const;
    const said = '{ "status": "healthy" }';
    expect(verdictOf(foreign, { exitCode: 0, stdout: said, stderr: '' })).toHaveProperty(
      'held.id',
      'agent.gateway',
    );
    expect(verdictOf(foreign, { exitCode: 0, stdout: '{"bottle":"b1"}', stderr: '' })).toHaveProperty(
      'failure',
    );
  });

  it('without any client the check fails, and names the possible ones', () => {
    expect(verdictOf(spec, { exitCode: 99, stdout: '', stderr: '' })).toEqual({
      failure: 'the image has no program to ask with: none of perl, bash, wget, node',
      lacksClient: true,
    });
  });
});

describe('clients of the check from inside', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bb-clients-'));
  let server: Server;
  beforeAll(async () => {
    server = createServer(({ url, headers }, answer) =>
      answer.end(JSON.stringify({ bottle: url === '/.bot-bottle/health' ? 'b1' : url, host: headers.host })),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs the script with only these programs, against the local server; `broken` programs exist and fail. */
  async function askWith(programs: readonly string[], broken: readonly string[] = []) {
    const path = mkdtempSync(join(folder, 'path-'));
    for (const name of broken) symlinkSync(hostPathOf('false'), join(path, name));
    for (const name of ['env', 'cat', ...programs]) symlinkSync(hostPathOf(name), join(path, name));
    const { argv } = askingProgram(spec, '127.0.0.1');
    const port = String((server.address() as AddressInfo).port);
    const [program = '', ...args] = argv.map((part) => (part === String(GATEWAY_PORTS.proxy) ? port : part));
    const { exitCode, stdout, stderr } = await run(program, args, { env: { PATH: path } });
    return { exitCode: exitCode ?? undefined, stdout, stderr };
  }

  it.each(CLIENTS.map(({ program }) => program))(
    'the script uses %s where there is no other client',
    async (name) => {
      const answer = await askWith([name]);
      expect(verdictOf(spec, answer)).toHaveProperty('held.id', 'agent.gateway');
    },
  );

  it("the script's exit code says that there is no client", async () => {
    expect(await askWith([])).toEqual({ exitCode: 99, stdout: '', stderr: '' });
  });

  it('the script tries the next client after a failure', async () => {
    expect(verdictOf(spec, await askWith(['bash'], ['perl']))).toHaveProperty('held.id', 'agent.gateway');
    expect(await askWith([], ['perl'])).toMatchObject({ exitCode: 1 });
  });
});

function hostPathOf(name: string): string {
  const path = name === 'node' ? process.execPath : findProgram(name);
  if (path === undefined) throw new Error(`this host has no ${name}`);
  return path;
}

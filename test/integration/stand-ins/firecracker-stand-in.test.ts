import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { awaitApi, callApi } from '../../../src/drivers/microvm/vmm/api.ts';
import {
  firecrackerCommand,
  loadRequest,
  saveRequests,
  type ApiRequest,
} from '../../../src/drivers/microvm/vmm/firecracker.ts';
import { RESUME, STOP } from '../../support/firecracker/requests.ts';
import { run } from '../../../src/host/run.ts';
import { installStandIn } from '../../support/firecracker/install.ts';
import { collect, until } from '../../support/saying.ts';
import { startProgram, type StartedProgram } from '../../support/firecracker/program.ts';

/**
 * The behaviour of Firecracker's API on which our client relies: which requests it refuses, with which status, and that
 * the client reports this. The words of a refusal are Firecracker's own, change between its releases, and are compared
 * nowhere. This test starts no machine.
 */

let dir: string;
let programPath: string;
let standIn: StartedProgram;
let socketPath: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fc-'));
  programPath = await installStandIn(dir);
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

let count = 0;
beforeEach(async () => {
  socketPath = join(dir, `api-${(count += 1)}`);
  standIn = startProgram(firecrackerCommand({ programPath, id: 'strict-1', socketPath }));
  await awaitApi({ socketPath, ended: standIn.ended, timeoutMs: 20_000 });
});
afterEach(async () => {
  standIn.kill();
  await standIn.ended;
});

const put = (path: string, body: NonNullable<ApiRequest['body']>): ApiRequest => ({
  method: 'PUT',
  path,
  body,
});

/** Returns the client's report of this refusal, in any wording. */
const refusalOf = ({ method, path }: ApiRequest): object => ({
  code: 'rungUnavailable',
  message: `Firecracker refuses ${method} ${path}`,
  details: [expect.stringMatching(/./)],
  fix: expect.any(String) as string,
});

/** Returns all answers on one connection. Each text is sent; at each number it waits until it has this many answers. */
async function answersTo(...steps: readonly (string | number)[]): Promise<string> {
  const socket = connect(socketPath);
  const heard = collect(socket);
  for (const step of steps) {
    if (typeof step === 'string') socket.write(step);
    else await until(() => heard().split('HTTP/1.1 ').length > step);
  }
  socket.destroy();
  return heard();
}

const DRIVE = { drive_id: 'disk0', is_root_device: false, is_read_only: true, path_on_host: '/dev/null' };
const NIC = { iface_id: 'eth0', host_dev_name: 'lo' };
const SAVED = { statePath: '/none/state', memoryPath: '/none/memory' };

test('the stand-in reports its requests, and the last request for a disk counts', async () => {
  await callApi(socketPath, put('/machine-config', { vcpu_count: 2, mem_size_mib: 64 }));
  await callApi(socketPath, put('/drives/disk0', DRIVE));
  await callApi(socketPath, put('/drives/disk0', { ...DRIVE, path_on_host: '/dev/zero' }));
  expect(await callApi(socketPath, { method: 'GET', path: '/vm/config' })).toEqual({
    'machine-config': { vcpu_count: 2, mem_size_mib: 64 },
    drives: [{ ...DRIVE, path_on_host: '/dev/zero' }],
    'network-interfaces': [],
  });
  expect(await callApi(socketPath, { method: 'GET', path: '/' })).toEqual({
    app_name: 'Firecracker',
    id: 'strict-1',
    state: 'Not started',
    vmm_version: '1.16.1',
  });
});

test.each<[string, ApiRequest]>([
  ['a property that it does not know', put('/drives/disk0', { ...DRIVE, discard: true })],
  ['a value of another type', put('/drives/disk0', { ...DRIVE, is_read_only: 'yes' })],
  ['more processors than it has', put('/machine-config', { vcpu_count: 64, mem_size_mib: 64 })],
  ['a disk whose id is not the one in the path', put('/drives/disk1', DRIVE)],
  ['a disk that is not there', put('/drives/disk0', { ...DRIVE, path_on_host: '/dev/none' })],
  ['a kernel that is not there', put('/boot-source', { kernel_image_path: '/none' })],
  ['an interface that is not there', put('/network-interfaces/eth0', { ...NIC, host_dev_name: 'no-tap' })],
  ['a path that it does not know', put('/disks/disk0', DRIVE)],
  ['to start a machine without a kernel', put('/actions', { action_type: 'InstanceStart' })],
])('our client reports that the stand-in refuses %s', async (_what, request) => {
  await expect(callApi(socketPath, request)).rejects.toMatchObject(refusalOf(request));
});

test.each([...saveRequests(SAVED), RESUME, STOP])(
  'the stand-in refuses $method $path before its machine runs',
  async (request) => {
    await expect(callApi(socketPath, request)).rejects.toMatchObject(refusalOf(request));
  },
);

test('the stand-in starts no kernel that is no ELF file', async () => {
  const kernelPath = join(dir, 'bzImage');
  await writeFile(kernelPath, 'MZ no program');
  await callApi(socketPath, put('/boot-source', { kernel_image_path: kernelPath }));
  const start = put('/actions', { action_type: 'InstanceStart' });
  await expect(callApi(socketPath, start)).rejects.toMatchObject(refusalOf(start));
});

test('the stand-in loads no saved machine after other settings, and goes on', async () => {
  await callApi(socketPath, put('/entropy', {}));
  const load = loadRequest(SAVED);
  await expect(callApi(socketPath, load)).rejects.toMatchObject(refusalOf(load));
  expect(await callApi(socketPath, { method: 'GET', path: '/' })).toMatchObject({ state: 'Not started' });
});

test('the stand-in refuses a saved machine that it cannot load, and ends', async () => {
  const load = loadRequest(SAVED);
  await expect(callApi(socketPath, load)).rejects.toMatchObject(refusalOf(load));
  expect(await standIn.ended).toBe('exit code 1');
});

test('the stand-in reads a body by its Content-Length, and no chunked body', async () => {
  const body = JSON.stringify({ vcpu_count: 2, mem_size_mib: 64 });
  const head = `PUT /machine-config HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`;
  expect(await answersTo(head.slice(0, 9), `${head.slice(9)}${body.slice(0, 5)}`, body.slice(5), 1)).toMatch(
    /^HTTP\/1\.1 204 /,
  );
  const chunked = 'PUT /machine-config HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  expect(await answersTo(chunked, 1, chunks, 2)).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/1\.1 400 /);
});

test('the stand-in refuses a body of more than 51200 bytes', async () => {
  const head = (length: number): string =>
    `PUT /machine-config HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n`;
  const longest = `{"vcpu_count":1,"mem_size_mib":64}`.padEnd(51_200);
  expect(await answersTo(head(51_200), longest, 1)).toMatch(/^HTTP\/1\.1 204 /);
  expect(await answersTo(head(51_201), 1)).toMatch(/^HTTP\/1\.1 400 /);
});

test("our client reports the status when the stand-in's ten connections are in use", async () => {
  const sockets: Socket[] = [];
  for (let index = 0; index < 10; index += 1) {
    const socket = connect(socketPath);
    sockets.push(socket);
    socket.write('GET /version HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
  }
  await expect(callApi(socketPath, { method: 'GET', path: '/' })).rejects.toMatchObject({
    details: [expect.stringMatching(/^status 503: ./) as string],
  });
  for (const socket of sockets) socket.destroy();
});

test.each([
  ['an argument that it does not know', () => ['--no-such'], 153],
  ['an id that it does not take', () => ['--id', 'a_b'], 1],
  ['a socket that is there already', () => ['--api-sock', socketPath], 1],
  ['a path of 108 bytes for its socket', () => ['--api-sock', `/tmp/${'s'.repeat(103)}`], 1],
])('the stand-in does not start with %s', async (_what, args, exitCode) => {
  expect(await run(programPath, args())).toMatchObject({
    exitCode,
    stderr: expect.stringMatching(/./) as string,
  });
});

test('our client reports a Firecracker that ended, one that never came, and one that does not answer', async () => {
  const awaited = { socketPath: join(dir, 'none'), timeoutMs: 200 };
  const ended = Promise.resolve('exit code 153\nArguments parsing error');
  await expect(awaitApi({ ...awaited, ended })).rejects.toMatchObject({
    code: 'rungUnavailable',
    details: ['exit code 153\nArguments parsing error'],
  });
  const never = new Promise<string>(() => undefined);
  await expect(awaitApi({ ...awaited, ended: never })).rejects.toThrow('was not there in 200 ms');
  const silentPath = join(dir, 'silent');
  const silent = createServer(() => undefined).listen(silentPath);
  await once(silent, 'listening');
  await expect(callApi(silentPath, RESUME, 200)).rejects.toThrow('does not answer PATCH /vm');
  silent.close();
});

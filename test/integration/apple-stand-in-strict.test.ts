import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBench, sh, type Bench } from '../support/apple/bench.ts';
import { namesIn, RECORDED } from '../support/apple/recorded.ts';
import { FLAG_REFUSALS } from '../support/apple/refusals.ts';
import { NETWORK_REFUSALS, STATE_REFUSALS } from '../support/apple/refusals-of-states.ts';

/** How strict the stand-in for Apple's `container` is, and what it keeps. */

let bench: Bench;
beforeAll(async () => void (bench = await openBench()));
beforeEach(async () => await bench.standIn.configure({}));
afterAll(async () => await bench.close());
const container: Bench['container'] = async (...args) => await bench.container(...args);
const run: Bench['run'] = async (...args) => await bench.run(...args);

describe('what is refused', () => {
  test.each([...FLAG_REFUSALS, ...NETWORK_REFUSALS, ...STATE_REFUSALS])(
    '$what',
    async ({ version, macosVersion, args, code, says }) => {
      await bench.standIn.configure({
        ...(version === undefined ? {} : { version }),
        ...(macosVersion === undefined ? {} : { macosVersion }),
      });
      const { code: found, stderr } = await container(args);
      expect(stderr).toMatch(says);
      expect(found).toBe(code);
    },
  );
});

describe('the service', () => {
  const down = { service: 'unregistered' } as const;

  test('while it is not started nothing else is answered', async () => {
    await bench.standIn.configure(down);
    for (const args of [['ls'], ['run', '{image}'], ['image', 'ls'], ['network', 'ls'], ['exec', 'a', 'b']]) {
      const { code, stderr } = await container(args);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /XPC connection error: Connection invalid[^]*Ensure container system service has been started with `container system start`\./,
        ) as string,
      });
    }
    expect(await container(['--version'])).toMatchObject({
      code: 0,
      stdout: 'container CLI version 1.4.1 (build: release, commit: 0000000)\n',
    });
  });

  test('its state, in the shape of each version', async () => {
    const status = async (): Promise<unknown> => {
      const { code, stdout } = await container(['system', 'status', '--format', 'json']);
      return { code, ...(JSON.parse(stdout) as object) };
    };
    expect(await status()).toMatchObject({ code: 0, status: 'running', server: { version: '1.4.1' } });
    await bench.standIn.configure({ serverVersion: '1.3.1' });
    expect(await status()).toMatchObject({
      client: { version: '1.4.1' },
      server: { version: expect.stringMatching(/^container-apiserver version 1\.3\.1 /) as string },
    });
    await bench.standIn.configure(down);
    expect(await status()).toEqual({ code: 1, status: 'unregistered' });
    await bench.standIn.configure({ version: '1.2.2' });
    expect(await status()).toMatchObject({
      code: 0,
      status: 'running',
      apiServerVersion: expect.stringContaining('1.2.2') as string,
    });
    await bench.standIn.configure({ version: '1.2.2', service: 'stopped' });
    expect(await status()).toMatchObject({ code: 1, status: 'not running', appRoot: '' });
  });

  test('a start asks about the kernel, and nobody answers', async () => {
    await bench.standIn.configure({ ...down, hasKernel: false });
    expect(await container(['system', 'start'])).toMatchObject({ code: 1 });
    await bench.standIn.configure({ ...down, hasKernel: false });
    expect(await container(['system', 'start', '--disable-kernel-install'])).toMatchObject({ code: 0 });
    expect(await run(...sh('true'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/kernel/) as string,
    });
    expect(await container(['system', 'start', '--enable-kernel-install'])).toMatchObject({ code: 0 });
    expect(await run(...sh('true'))).toMatchObject({ code: 0 });
  });
});

describe('what it answers has the names that were recorded', () => {
  beforeAll(async () => {
    await container(['run', '-d', '--init', '--name', 'recorded', '{image}', 'sleep', '60']);
  });
  afterAll(async () => {
    await bench.standIn.configure({});
    await container(['delete', '--force', 'recorded']);
  });

  test.each(RECORDED)('$version: $args', async ({ version, args, names }) => {
    await bench.standIn.configure({ version });
    const { stdout } = await container(args);
    expect(namesIn(JSON.parse(stdout)).toSorted()).toEqual(names.toSorted());
  });
});

describe('what it keeps', () => {
  test('one that is made, started, stopped and deleted, in the shape of each version', async () => {
    const name = 'kept';
    const shown = async (): Promise<unknown> =>
      (JSON.parse((await container(['inspect', name])).stdout) as unknown[])[0];
    await container(['create', '--name', name, '--init', '--label', 'a=b', '{image}', 'sleep', '60']);
    expect(await shown()).toMatchObject({
      id: name,
      configuration: { labels: { a: 'b' } },
      status: { state: 'stopped' },
    });
    expect(await container(['start', name])).toMatchObject({ code: 0, stdout: `${name}\n` });
    expect(await shown()).toMatchObject({
      status: {
        state: 'running',
        networks: [{ network: 'default', ipv4Address: expect.stringMatching(/\/24$/) as string }],
      },
    });
    await bench.standIn.configure({ version: '0.12.3' });
    expect(await shown()).toMatchObject({
      status: 'running',
      configuration: { id: name },
      networks: [{ ipv4Address: expect.stringMatching(/\/24$/) as string }],
    });
    await bench.standIn.configure({});
    expect(await container(['delete', name])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is running and can not be deleted/) as string,
    });
    expect(await container(['start', '--attach', name])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /attach is currently unsupported on already running containers/,
      ) as string,
    });
    expect(await container(['create', '--name', name, '{image}'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/container already exists: kept/) as string,
    });
    expect(await container(['stop', name])).toMatchObject({ code: 0, stdout: `${name}\n` });
    expect(await container(['exec', name, 'true'])).toMatchObject({
      code: 1,
      stderr: 'Error: container kept is not running\n',
    });
    expect(await container(['delete', name])).toMatchObject({ code: 0, stdout: `${name}\n` });
  });

  test('before 1.0 one that is not there is not shown', async () => {
    await bench.standIn.configure({ version: '0.12.3' });
    expect(await container(['inspect', 'nothing'])).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  test('a network goes when nobody refers to it, running or not', async () => {
    await container(['network', 'create', '--internal', 'inner']);
    await container(['create', '--name', 'referring', '--network', 'inner', '{image}']);
    expect(await container(['network', 'delete', 'inner'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/with referring containers: referring/) as string,
    });
    await container(['delete', 'referring']);
    expect(await container(['network', 'delete', 'inner'])).toMatchObject({ code: 0 });
  });

  test('each call is noted', async () => {
    await container(['exec', '-e', 'A=b', 'nothing', 'true']);
    const lines = readFileSync(bench.standIn.logPath, 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      args: ['exec', '-e', 'A=b', 'nothing', 'true'],
      exitCode: 1,
    });
  });
});

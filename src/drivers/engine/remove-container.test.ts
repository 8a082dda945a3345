import { expect, test } from 'vitest';
import type { EngineClient } from './client.ts';
import { EngineError } from './errors.ts';
import { removeContainer } from './remove-container.ts';

/**
 * A fake engine that refuses to remove, and shows the container `shownTimes` more times; also returns how often it was
 * asked.
 */
function engine(refusal: EngineError, shownTimes: number) {
  let looks = 0;
  const call = async ({ method }: { method: string }): Promise<unknown> => {
    if (method === 'DELETE') throw refusal;
    looks += 1;
    if (looks > shownTimes) throw new EngineError('no such container', 404);
    return { Id: 'one' };
  };
  return { client: { call } as unknown as EngineClient, looks: () => looks };
}

test.each([
  new EngineError('no container with ID one found in database: no such container', 500),
  new EngineError('removal of container one is already in progress', 409),
])(
  'a container that another process removes is done when the engine no longer lists it (%s)',
  async (refusal) => {
    const { client, looks } = engine(refusal, 2);
    await removeContainer(client, 'one');
    expect(looks()).toBe(3);
  },
);

test('an absent container is removed', async () => {
  const { client, looks } = engine(new EngineError('no such container', 404), 0);
  await removeContainer(client, 'one');
  expect(looks()).toBe(0);
});

test('any other failure to remove a container is an error', async () => {
  const { client } = engine(new EngineError('device or resource busy', 500), 0);
  await expect(removeContainer(client, 'one')).rejects.toThrow('busy');
});

import { SLOW_MS } from '../attached/client.ts';
import { BottleError } from '../../errors.ts';
import type { Resource } from '../driver.ts';
import { removeProcesses } from '../sandbox/life.ts';
import { callNerdctl, findContainer, failureOf } from './cli.ts';

/** Removes a bottle's machines. */

/**
 * Removes these resources, in any state; clients first, because one may be about to make a machine.
 * @throws BottleError `rungUnavailable` if one remains
 */
export async function removeResources(resources: readonly Resource[]): Promise<void> {
  const names = resources.flatMap((one) =>
    one.kind === 'container' && one.engine === 'nerdctl' ? [one.name] : [],
  );
  const results = [
    ...(await Promise.allSettled([removeProcesses(resources)])),
    ...(await Promise.allSettled(names.map(removeContainer))),
  ];
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/**
 * Removes a container, and checks that it is gone, because --force always succeeds (pkg/cmd/container/remove.go).
 * Without --volumes: the container has none, and a label of the image would choose what that removes.
 */
async function removeContainer(name: string): Promise<void> {
  const result = await callNerdctl(['rm', '--force', name], { timeoutMs: SLOW_MS });
  if (result.notFound || (await findContainer(name)) === undefined) return;
  if (result.exitCode !== 0) throw failureOf(result, { what: `remove ${name}`, timeoutMs: SLOW_MS });
  throw new BottleError('rungUnavailable', `${name} is there after it was removed`, {
    details: result.stderr.trim().split('\n').filter(Boolean).slice(-8),
    fix: `sudo nerdctl rm --force ${name}`,
  });
}

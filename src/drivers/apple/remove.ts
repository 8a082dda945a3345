import { SLOW_MS } from '../attached/client.ts';
import { BottleError } from '../../errors.ts';
import type { Resource } from '../driver.ts';
import { callContainer, findContainer, failureOf } from './cli.ts';
import { isGateway } from './names.ts';

/** Removes a bottle's machines. */

const GATEWAY_GRACE_S = 3;

/** Removes the containers among these resources, in any state. @throws BottleError `rungUnavailable` if one remains */
export async function removeResources(resources: readonly Resource[]): Promise<void> {
  const names = resources.flatMap((one) =>
    one.kind === 'container' && one.engine === 'apple' ? [one.name] : [],
  );
  const results = await Promise.allSettled(names.map(removeContainer));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Its message about a missing container differs between versions, so the list decides. */
async function removeContainer(name: string): Promise<void> {
  // A gateway that is asked to end writes its last counts.
  if (isGateway(name))
    await callContainer(['stop', '--time', String(GATEWAY_GRACE_S), name], { timeoutMs: SLOW_MS });
  const result = await callContainer(['delete', '--force', name], { timeoutMs: SLOW_MS });
  if (result.notFound || (await findContainer(name)) === undefined) return;
  if (result.exitCode !== 0) throw failureOf(result, { what: `remove ${name}`, timeoutMs: SLOW_MS });
  throw new BottleError('rungUnavailable', `${name} is there after it was removed`, {
    fix: `container delete --force ${name}`,
  });
}

import { Fault } from './config.ts';
import {
  answerProblems,
  isDescribed,
  requestProblems,
  type DescribedRequest,
  type Description,
} from './description.ts';
import { LoadFault, OPERATIONS, type Operation, type Vmm } from './operations.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

/** Answers requests to the stand-in for Firecracker. Each request and answer must fit the published description. */

export interface ControllerOrder {
  readonly description: Description;
  readonly vmm: Vmm;
  /** Called after a failed load, after which the VMM must end. */
  readonly onFatal: () => void;
}

/** Returns the function that answers requests. */
export function controller({
  description,
  vmm,
  onFatal,
}: ControllerOrder): (request: WireRequest) => Promise<WireAnswer> {
  return async ({ method, path, body }) => {
    let described: DescribedRequest | undefined;
    try {
      described = { method, path, body: bodyOf(method, body) };
      const operation = operationFor(description, described);
      if (operation.when === 'before the start' && vmm.machine !== undefined)
        throw new Fault('The requested operation is not supported after starting the microVM.');
      if (operation.when === 'after the start' && vmm.machine === undefined)
        throw new Fault('The requested operation is not supported before starting the microVM.');
      const result = await operation.run(vmm, described.body);
      return answered(
        description,
        described,
        result === undefined ? { status: 204 } : { status: 200, body: result },
      );
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error instanceof LoadFault) onFatal();
      const answer = { status: 400, body: { fault_message: error.message } };
      return described === undefined || !isDescribed(description, described)
        ? { status: 400, body: JSON.stringify(answer.body) }
        : answered(description, described, answer);
    }
  };
}

/** @throws Fault */
function bodyOf(method: string, body: Buffer | undefined): unknown {
  if (body === undefined && method !== 'GET') throw new Fault(`Empty ${method} request.`);
  if (body === undefined) return undefined;
  if (method === 'GET') throw new Fault('GET request cannot have a body.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Fault(`${UNREADABLE}: ${(cause as Error).message}.`, { cause });
  }
}

const UNREADABLE = 'An error occurred when deserializing the json body of a request';

/** @throws Fault if there is no such operation, or the request does not fit it */
function operationFor(description: Description, request: DescribedRequest): Operation {
  const { method, path, body } = request;
  if (!isDescribed(description, request))
    throw new Fault(`Invalid request method and/or path: ${method} ${path}.`);
  const problems = requestProblems(description, request);
  if (problems.length > 0) throw new Fault(`${UNREADABLE}: ${problems.join('; ')}.`);
  const [, collection = '', id] = /^(\/drives|\/network-interfaces)\/(.*)$/.exec(path) ?? [];
  if (id !== undefined) checkId(id, body as Readonly<Record<string, unknown>>);
  const action = path === '/actions' ? ` ${(body as { readonly action_type: string }).action_type}` : '';
  const operation = OPERATIONS[`${method} ${id === undefined ? path : collection}${action}`];
  if (operation === undefined) throw new Fault(`the stand-in does not have ${method} ${path}${action}`);
  return operation;
}

function checkId(id: string, body: Readonly<Record<string, unknown>>): void {
  if (!/^\w+$/.test(id))
    throw new Fault('API Resource IDs can only contain alphanumeric characters and underscores.');
  if (body['drive_id'] !== id && body['iface_id'] !== id)
    throw new Fault('The id from the path does not match the id from the body!');
}

/** @throws Error if the stand-in itself is wrong */
function answered(
  description: Description,
  request: DescribedRequest,
  answer: { readonly status: number; readonly body?: unknown },
): WireAnswer {
  const problems = answerProblems(description, request, answer);
  if (problems.length > 0)
    throw new Error(`the stand-in answers what Firecracker does not: ${problems.join('; ')}`);
  return {
    status: answer.status,
    ...(answer.body === undefined ? {} : { body: JSON.stringify(answer.body) }),
  };
}

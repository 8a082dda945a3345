import { checkOf, type Schema } from './schema.ts';

/** The API description of Firecracker's project, as far as tests use it: which requests and answers exist. */

export interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly definitions: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Parameter {
  readonly in: 'body' | 'path';
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface DescribedRequest {
  readonly method: string;
  readonly path: string;
  /** Undefined if the request has none. */
  readonly body?: unknown;
}

export interface DescribedAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** Returns the problems of a request; empty if it fits the description. Pure. */
export function requestProblems(description: Description, request: DescribedRequest): readonly string[] {
  const operation = operationOf(description, request);
  if (operation === undefined) return [`there is no ${request.method} ${request.path}`];
  const parameter = operation.parameters?.find(({ in: place }) => place === 'body');
  if (parameter === undefined) return request.body === undefined ? [] : ['it has no body'];
  if (request.body === undefined) return parameter.required === true ? ['its body is missing'] : [];
  return checkOf(parameter.schema ?? {}, description.definitions)(request.body, 'body');
}

/** Returns the problems of an answer to a described request; empty if it fits the description. Pure. */
export function answerProblems(
  description: Description,
  request: DescribedRequest,
  { status, body }: DescribedAnswer,
): readonly string[] {
  const responses = operationOf(description, request)?.responses;
  const response = responses?.[status] ?? responses?.['default'];
  if (response === undefined) return [`there is no answer ${status}`];
  if (response.schema === undefined) return body === undefined ? [] : [`an answer ${status} has no body`];
  return checkOf(response.schema, description.definitions)(body, 'body');
}

/** Whether the description has this method at this path. Pure. */
export const isDescribed = (description: Description, request: DescribedRequest): boolean =>
  operationOf(description, request) !== undefined;

const operationOf = ({ paths }: Description, { method, path }: DescribedRequest): Operation | undefined =>
  Object.entries(paths).find(([template]) => patternOf(template).test(path))?.[1][method.toLowerCase()];

const patternOf = (template: string): RegExp => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

import { BottleError } from '../errors.ts';
import { styled } from './colour.ts';
import { escapeLines, jsonText } from './terminal/text.ts';

/**
 * Renders a failure for the user: the error, its details, and the fix. A bug shows its stack. Escapes names and output
 * of other programs, so that they cannot control the terminal.
 */
export function renderError(error: unknown): string {
  if (!(error instanceof BottleError)) return renderBug(error);
  const lines = [`${styled('red', 'error:', process.stderr)} ${escapeLines(error.message)}`];
  lines.push(...error.details.map((line) => `  ${escapeLines(line)}`));
  lines.push(`${styled('bold', 'what to do:', process.stderr)} ${escapeLines(error.fix)}`);
  return lines.join('\n');
}

/** Renders a failure for programs, as one JSON object. */
export function errorAsJson(error: unknown, exitCode: number): string {
  const [code, message] =
    error instanceof BottleError
      ? [error.code, error.message]
      : ['bug', error instanceof Error ? error.message : String(error)];
  const more = error instanceof BottleError ? { details: error.details, fix: error.fix } : {};
  return jsonText({ error: { code, exitCode, message, ...more } });
}

function renderBug(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${styled('red', 'bug:', process.stderr)} this should not have happened; please report it with the lines below\n${escapeLines(stack)}`;
}

import { BottleError } from '../errors.ts';
import type { AgentDefinition } from './definition.ts';

const PROMPT = '{prompt}';

/** Linux's MAX_ARG_STRLEN without the terminating NUL byte: execve(2). */
const MAX_ARGUMENT_BYTES = 131_071;

export interface CommandRequest {
  /** A user is at a terminal. */
  readonly interactive: boolean;
  readonly prompt: string | undefined;
  /** The user's arguments after `--`. */
  readonly args: readonly string[];
}

/**
 * Returns the command line to run in the bottle. The user's arguments go to the agent's program; for the agent `shell`
 * they are the command.
 * @throws BottleError `usage`: the agent cannot run without a terminal, has nothing to do, or the prompt is too long
 *   for one argument
 */
export function agentCommand(agent: AgentDefinition, request: CommandRequest): readonly string[] {
  const argv = withoutInstallation(agent, request);
  if (agent.program.kind !== 'command') return argv;
  return ['/bin/sh', '-c', `${agent.program.command}\n[ $? -eq 0 ] && exec "$@"`, 'sh', ...argv];
}

function withoutInstallation(agent: AgentDefinition, request: CommandRequest): readonly string[] {
  if (agent.headless === undefined && agent.program.kind === 'present') return asCommand(agent, request);
  const unattended = !request.interactive || request.prompt !== undefined;
  const template = unattended && request.args.length === 0 ? agent.headless : agent.interactive;
  if (template === undefined) {
    throw new BottleError('usage', `agent ${agent.name} has no way to run without a terminal`, {
      fix: 'start it at a terminal, or give the manifest a `headless` command for it',
    });
  }
  if (template === agent.headless && request.prompt === undefined && template.includes(PROMPT)) {
    throw new BottleError('usage', `agent ${agent.name} has nothing to do`, {
      fix: 'give --prompt TEXT or --prompt-file FILE, or start it at a terminal',
    });
  }
  return [...fill(template, request.prompt), ...request.args];
}

function asCommand(agent: AgentDefinition, { interactive, args }: CommandRequest): readonly string[] {
  if (args.length > 0) return args;
  if (interactive) return agent.interactive;
  throw new BottleError('usage', `agent ${agent.name} has nothing to do without a terminal`, {
    fix: "give a command: bot-bottle start NAME -- sh -c '...'",
  });
}

/** The prompt is always a single argument, whatever it contains. */
function fill(template: readonly string[], prompt: string | undefined): string[] {
  return template.flatMap((part) => {
    if (part !== PROMPT) return [part];
    return prompt === undefined ? [] : [asArgument(prompt)];
  });
}

function asArgument(prompt: string): string {
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= MAX_ARGUMENT_BYTES) return prompt;
  throw new BottleError(
    'usage',
    `the prompt has ${bytes} bytes; a program can be given ${MAX_ARGUMENT_BYTES}`,
    {
      fix: 'put the text into a file of the project, and give a short prompt that names the file',
    },
  );
}

import type { Readable, Writable } from 'node:stream';

/** The DevTools protocol over two pipes: JSON, with a zero byte after each message. */

export type Message = Readonly<Record<string, unknown>>;

type Listener = (event: string, params: Message) => void;

export interface Channel {
  /**
   * Calls the browser or a session, and waits for the answer.
   * @throws Error with the answer, or if the browser has ended
   */
  send(method: string, params?: Message, sessionId?: string): Promise<Message>;
  /** Calls `listener` for each event of a session from now on. */
  listen(sessionId: string, listener: Listener): void;
}

interface Waiting {
  readonly resolve: (result: Message) => void;
  readonly reject: (error: Error) => void;
}

/** Opens a channel to a browser that was just started. */
export function openChannel(input: Writable, output: Readable): Channel {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, Listener>();
  let count = 0;
  let isOpen = true;
  const end = (): void => {
    isOpen = false;
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'));
    waiting.clear();
  };
  input.on('error', end);
  output.on('error', end).on('close', end);
  readMessages(output, (message) => {
    const { id, method, sessionId, params, error, result } = message;
    if (typeof method === 'string') listeners.get(String(sessionId))?.(method, (params ?? {}) as Message);
    const call = typeof id === 'number' ? waiting.get(id) : undefined;
    if (call === undefined) return;
    waiting.delete(Number(id));
    if (error === undefined) call.resolve((result ?? {}) as Message);
    else call.reject(new Error(JSON.stringify(error)));
  });
  return {
    send: async (method, params = {}, sessionId) =>
      await new Promise((resolve, reject) => {
        if (!isOpen) return reject(new Error('the browser is gone'));
        const id = ++count;
        waiting.set(id, { resolve, reject });
        input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      }),
    listen: (sessionId, listener) => void listeners.set(sessionId, listener),
  };
}

function readMessages(output: Readable, take: (message: Message) => void): void {
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Message);
  });
}

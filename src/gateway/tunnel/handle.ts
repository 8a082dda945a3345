import type { Socket } from 'node:net';

/** The libuv stream below a socket, as much of it as is used here. Undocumented, so it is looked at before it is used. */
export interface StreamHandle {
  reading: boolean;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
}

/** Undefined where this Node has no such thing, and for a socket that is closed: callers do without then. */
export function handleOf(socket: Socket): StreamHandle | undefined {
  const handle = (socket as unknown as { _handle?: Partial<StreamHandle> | null })._handle;
  const isUsable = typeof handle?.useUserBuffer === 'function' && typeof handle.readStop === 'function';
  return isUsable ? (handle as StreamHandle) : undefined;
}

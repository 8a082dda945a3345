/** Replaces `~/` in a host path with `homeDir`. */
export const atHome = (path: string, homeDir: string): string => path.replace(/^~(?=\/)/, () => homeDir);

/** A path of the host with `~/` as the user's home folder, which is given. */
export const atHome = (path: string, homeDir: string): string => path.replace(/^~(?=\/)/, () => homeDir);

export async function hasWork(_places: { readonly workPath: string; readonly basePath: string }): Promise<boolean> {
  return false;
}

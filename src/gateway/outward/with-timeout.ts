/** Returns the settled value. @throws Error `ETIMEDOUT` when `value` has not settled after `timeoutMs` */
export async function withTimeout<Value>(timeoutMs: number, value: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('ETIMEDOUT')), timeoutMs);
  });
  return await Promise.race([value, late]).finally(() => clearTimeout(timer));
}

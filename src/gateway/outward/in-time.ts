/** What comes of it within this time. @throws Error as it does, or ETIMEDOUT */
export async function inTime<Value>(timeoutMs: number, value: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('ETIMEDOUT')), timeoutMs);
  });
  return await Promise.race([value, late]).finally(() => clearTimeout(timer));
}

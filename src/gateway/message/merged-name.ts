/** Returns a header's name as servers see it that merge names. */
export const mergedName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
